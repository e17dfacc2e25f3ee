// Where passwords come from and go to: files of mode 600, helpers spoken to through stdin.

import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { readConfig } from '../../../src/cli/config.ts';
import { findCredentials, registryAuth } from '../../../src/cli/registry/credentials.ts';
import { familiarName, parseReference } from '../../../src/cli/registry/reference.ts';
import { readTar } from '../../../src/cli/tar/read.ts';
import { fakeEngine } from './fake-engine.ts';

const ann = Buffer.from('ann:se:cret').toString('base64');

t.test('login keeps a password where only its owner reads it, logout forgets it', async (t) => {
  const home = t.testdir({});
  const skiff = await fakeEngine(t, {
    'POST /auth': [200, { Status: 'Login Succeeded', IdentityToken: '' }],
  });
  const env = { HOME: home };
  const path = join(home, '.skiff/config.json');

  const login = await skiff(['login', '-u', 'ann', '--password-stdin', 'localhost:5000'], {
    input: 'se:cret\n',
    env,
  });
  t.match(login, { code: 0, stdout: 'Login Succeeded\n', stderr: /stored unencrypted in '.*config.json'/ });
  t.match(JSON.parse(login.seen[0]?.body ?? ''), {
    username: 'ann',
    password: 'se:cret',
    serveraddress: 'localhost:5000',
  });
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.strictSame(JSON.parse(readFileSync(path, 'utf8')), { auths: { 'localhost:5000': { auth: ann } } });

  const logout = await skiff(['logout', 'localhost:5000'], { env });
  t.match(logout, { code: 0, stdout: 'Removing login credentials for localhost:5000\n' });
  t.strictSame(JSON.parse(readFileSync(path, 'utf8')), { auths: {} });
});

t.test('a key of several lines is a password', async (t) => {
  const skiff = await fakeEngine(t, { 'POST /auth': [200, { Status: 'Login Succeeded' }] });
  const { seen } = await skiff(['login', '-u', '_json_key', '--password-stdin', 'r.example'], {
    input: '{\n  "type": "key"\n}\n',
    env: { HOME: t.testdir({}) },
  });
  t.equal(JSON.parse(seen[0]?.body ?? '').password, '{\n  "type": "key"\n}');
});

t.test('a wrong password is not kept', async (t) => {
  const home = t.testdir({});
  const skiff = await fakeEngine(t, {
    'POST /auth': [401, { message: 'unauthorized: incorrect username or password' }],
  });
  const ran = await skiff(['login', '-u', 'a', '-p', 'b', 'r.example'], { env: { HOME: home } });
  t.match(ran, { code: 1, stderr: /Using --password via the CLI is insecure[\s\S]*unauthorized/ });
  t.throws(() => statSync(join(home, '.skiff')));
});

t.test('pull and push carry what is known of the registry, and only that', async (t) => {
  const home = t.testdir({
    '.docker': {
      'config.json': JSON.stringify({
        auths: {
          'r.example:5000': { auth: ann },
          'https://index.docker.io/v1/': { identitytoken: 'T', auth: ann },
        },
      }),
    },
  });
  const skiff = await fakeEngine(t, {
    'POST /images/create': [200, { status: 'Done' }],
    'POST /images/r.example:5000/x/push': [200, {}],
  });
  const rows: [string[], object][] = [
    [
      ['pull', 'r.example:5000/x:1'],
      { username: 'ann', password: 'se:cret', serveraddress: 'r.example:5000' },
    ],
    [['push', 'r.example:5000/x'], { username: 'ann' }],
    [['pull', 'busybox'], { identitytoken: 'T', serveraddress: 'https://index.docker.io/v1/' }],
    [['pull', 'other.example/x'], {}],
  ];
  for (const [argv, expected] of rows) {
    const { seen, code } = await skiff(argv, { env: { HOME: home } });
    t.equal(code, 0);
    const auth = JSON.parse(Buffer.from(String(seen[0]?.headers['x-registry-auth']), 'base64url').toString());
    if (Object.keys(expected).length === 0) t.strictSame(auth, {});
    else t.match(auth, expected, argv.join(' '));
  }
});

t.test('credential helpers', async (t) => {
  const helper =
    '#!/bin/sh\nread -r line\necho "$1 $line $#" >> "$HELPER_LOG"\n[ "$1" = get ] && echo \'{"Username":"bob","Secret":"hush"}\'\nexit 0\n';
  const home = t.testdir({
    bin: { 'docker-credential-vault': helper },
    '.skiff': { 'config.json': '{"credsStore":"vault","credHelpers":{"r.example":"nope"}}' },
  });
  chmodSync(join(home, 'bin/docker-credential-vault'), 0o755);
  const [path, log] = [process.env.PATH, join(home, 'log')];
  process.env.PATH = `${join(home, 'bin')}:${path}`;
  process.env.HELPER_LOG = log;
  t.teardown(() => {
    process.env.PATH = path;
    delete process.env.HELPER_LOG;
  });
  const config = readConfig(undefined, { HOME: home });
  t.match(await findCredentials(config.file, 'q.example'), { username: 'bob', password: 'hush' });
  await t.rejects(registryAuth(config, 'r.example'), 'a helper that is not there');

  const skiff = await fakeEngine(t, { 'POST /auth': [200, { Status: 'Login Succeeded' }] });
  const login = await skiff(['login', '-u', 'bob', '--password-stdin', 'q.example'], {
    input: 'hush',
    env: { HOME: home },
  });
  t.match(login, { code: 0, stderr: '' });
  await skiff(['logout', 'q.example'], { env: { HOME: home } });
  t.equal(
    readFileSync(log, 'utf8'),
    'get q.example 1\nstore {"ServerURL":"q.example","Username":"bob","Secret":"hush"} 1\nerase q.example 1\n',
    'secrets go through stdin',
  );
  t.notMatch(readFileSync(join(home, '.skiff/config.json'), 'utf8'), 'hush');
});

t.test('names of images', async (t) => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const rows: [string, object][] = [
    ['busybox', { domain: 'docker.io', path: 'library/busybox', familiar: 'busybox', tag: undefined }],
    ['a/b:1', { domain: 'docker.io', path: 'a/b', familiar: 'a/b', tag: '1' }],
    ['docker.io/library/x', { familiar: 'x' }],
    ['index.docker.io/x', { domain: 'docker.io', familiar: 'x' }],
    ['localhost/x', { domain: 'localhost', path: 'x', familiar: 'localhost/x' }],
    ['r.example:5000/a/b:t', { domain: 'r.example:5000', path: 'a/b', tag: 't' }],
    [`x@${digest}`, { digest, tag: undefined }],
    [`x:1@${digest}`, { digest, tag: '1' }],
  ];
  for (const [text, expected] of rows) t.match(parseReference(text), expected, text);
  for (const text of ['', 'Upper', 'a//b', '-a', 'a:b:c', 'a b', ':x'])
    t.throws(() => parseReference(text), text);
  t.equal(familiarName('docker.io/library/x'), 'x:latest');
});

t.test(
  'a container that may drive the engine gets its socket, and the credentials for registries',
  async (t) => {
    const token = { identitytoken: 'T' };
    const auths = { 'r.example:5000': { auth: ann }, 't.example': token };
    const home = t.testdir({
      '.docker': { 'config.json': JSON.stringify({ auths, currentContext: 'default' }) },
      '.nobody': { 'config.json': '{}' },
    });
    const skiff = await fakeEngine(t, {
      'POST /containers/create': [201, { Id: 'abc', Warnings: [] }],
      'PUT /containers/abc/archive': [200],
    });
    const env = { HOME: home };
    const known = await skiff(['create', '--use-api-socket', 'busybox'], { env });
    t.match(known, { code: 0, stdout: 'abc\n' });
    const [created, put] = known.seen;
    const { Env, HostConfig } = JSON.parse(created?.body ?? '');
    t.match(HostConfig.Mounts, [{ Type: 'bind', Source: /fake.*\.sock$/, Target: '/var/run/docker.sock' }]);
    t.strictSame(Env, ['DOCKER_CONFIG=/run/secrets/docker']);
    t.match(put?.request, /^PUT \/containers\/abc\/archive\?path=%2F&/);
    const archive = Readable.from([Buffer.from(put?.body ?? '', 'latin1')]);
    for await (const { header, content } of readTar(archive)) {
      t.match(header, { name: 'run/secrets/docker/config.json', mode: 0o600 });
      // No `auth` where there is a token alone: Docker's client would not read the file.
      t.strictSame(JSON.parse(await text(content)), { auths });
    }

    const nobody = await skiff(['--config', join(home, '.nobody'), 'create', '--use-api-socket', 'busybox'], {
      env,
    });
    t.equal(nobody.seen.length, 1, 'without credentials there is nothing to hand over');
    const own = await skiff(['create', '--use-api-socket', '-e', 'DOCKER_CONFIG=/mine', 'busybox'], { env });
    t.strictSame(JSON.parse(own.seen[0]?.body ?? '').Env, ['DOCKER_CONFIG=/mine']);
    t.equal(own.seen.length, 1, 'who brings a configuration keeps it');
    const far = await skiff(['-H', 'tcp://127.0.0.1:1', 'create', '--use-api-socket', 'busybox'], { env });
    t.match(far, { code: 1, stderr: /^flag --use-api-socket can only be used with unix sockets/m });
  },
);
