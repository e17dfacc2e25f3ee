// When the client speaks TLS, whom it believes, and with which files.

import t from 'tap';
import { tlsFiles } from '../../../src/cli/global-flags.ts';

const said = { tls: undefined, tlsverify: undefined, tlscacert: '', tlscert: '', tlskey: '' };

t.test('the flags and the environment', async (t) => {
  const directory = t.testdir({ 'cert.pem': '', 'key.pem': '' });
  const at = (name: string) => `${directory}/${name}`;
  const own = { cert: at('cert.pem'), key: at('key.pem') };
  const verified = { ...own, ca: at('ca.pem'), verify: true };
  const unverified = { ...own, ca: undefined, verify: false };
  const rows: [object, Record<string, string>, object | undefined][] = [
    [{}, {}, undefined],
    [{ tls: true }, {}, unverified],
    [{ tlsverify: true }, {}, verified],
    [{ tlsverify: false }, {}, unverified],
    [{ tlsverify: false }, { DOCKER_TLS_VERIFY: '1' }, unverified],
    [{ tls: false }, { DOCKER_TLS: '1' }, undefined],
    [{ tls: false }, { DOCKER_TLS_VERIFY: '1' }, verified],
    [{}, { DOCKER_TLS: '1' }, unverified],
    [{}, { DOCKER_TLS_VERIFY: '1' }, verified],
    [
      { tlsverify: true, tlscacert: '/my/ca', tlscert: '/my/cert' },
      {},
      { ...verified, ca: '/my/ca', cert: '/my/cert' },
    ],
  ];
  for (const [flags, env, files] of rows)
    t.strictSame(tlsFiles({ ...said, ...flags }, { directory }, env), files, JSON.stringify([flags, env]));
});

t.test('usual files that are not there are not named', async (t) => {
  const none = { ca: undefined, cert: undefined, key: undefined, verify: false };
  t.strictSame(tlsFiles({ ...said, tls: true }, { directory: t.testdir() }, {}), none);
});
