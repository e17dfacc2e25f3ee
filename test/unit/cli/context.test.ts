// Which engine is meant: flags, variables, contexts, in this order; and contexts from creation to removal.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fakeEngine } from './fake-engine.ts';

t.test('a context from creation to removal', async (t) => {
  const home = t.testdir({});
  const skiff = await fakeEngine(t, {});
  const env = { HOME: home, SKIFF_HOST: '' };
  const run = (...argv: string[]) => skiff(argv, { env });

  t.match(
    await run(
      'context',
      'create',
      'far',
      '--description',
      'a far one',
      '--docker',
      'host=tcp://far.example:1',
    ),
    {
      code: 0,
      stdout: 'far\n',
    },
  );
  t.match(await run('context', 'create', 'far'), { code: 1, stderr: 'context "far" already exists\n' });
  t.match(await run('context', 'create', '../x'), { code: 1, stderr: /is invalid/ });
  t.match(await run('context', 'create', 'near', '--from', 'far', '--docker', 'ca=/ca.pem'), { code: 0 });
  t.match(JSON.parse(readFileSync(join(home, '.skiff/contexts/near.json'), 'utf8')), {
    host: 'tcp://far.example:1',
    tls: { ca: '/ca.pem', verify: true },
  });
  t.equal(statSync(join(home, '.skiff/contexts/far.json')).mode & 0o777, 0o600);

  t.match(await run('context', 'use', 'far'), { code: 0, stdout: 'far\n' });
  t.match(await run('context', 'show'), { stdout: 'far\n' });
  t.match(await run('context', 'ls', '-q'), { stdout: 'default\nfar\nnear\n' });
  t.match((await run('context', 'ls')).stdout, /\nfar \* {5}a far one {32}tcp:\/\/far.example:1 +\n/);
  t.match(JSON.parse((await run('context', 'inspect')).stdout), [
    { Name: 'far', Endpoints: { docker: { Host: 'tcp://far.example:1' } } },
  ]);
  t.match(await run('context', 'update', 'far', '--docker', 'host=unix:///elsewhere'), { code: 0 });
  t.match(await run('ps'), { code: 1, stderr: /unix:\/\/\/elsewhere/ });
  t.match(await run('-c', 'default', 'ps'), { stderr: /unix:\/\/\/run\/skiff\/skiff.sock/ });

  const archive = join(home, 'far.tar');
  t.match(await run('context', 'export', 'far', archive), { code: 0 });
  t.match(await run('context', 'rm', 'far'), { code: 1, stderr: /in use/ });
  t.match(await run('context', 'rm', '-f', 'far'), { code: 0, stdout: 'far\n' });
  t.match(await run('ps'), { code: 1, stderr: 'context "far": context not found\n' });
  t.match(await run('-H', 'unix:///x', 'context', 'import', 'far', archive), { code: 0 });
  t.match(
    await run('context', 'inspect', '-f', '{{.Endpoints.docker.Host}} {{.Metadata.Description}}', 'far'),
    {
      stdout: 'unix:///elsewhere a far one\n',
    },
  );
  t.match(await run('context', 'rm', 'default'), { code: 1 });
});

t.test('what is nearer wins', async (t) => {
  const home = t.testdir({
    '.skiff': {
      'config.json': '{"currentContext":"cc"}',
      contexts: { 'cc.json': '{"host":"unix:///context"}', 'dd.json': '{"host":"unix:///asked"}' },
    },
  });
  const skiff = await fakeEngine(t, {});
  const rows: [string[], Record<string, string>, string][] = [
    [['-H', 'unix:///flag'], { SKIFF_HOST: 'unix:///own', DOCKER_HOST: 'unix:///docker' }, 'flag'],
    [['-c', 'dd'], { SKIFF_HOST: 'unix:///own' }, 'asked'],
    [[], { SKIFF_HOST: 'unix:///own', DOCKER_HOST: 'unix:///docker' }, 'own'],
    [[], { SKIFF_HOST: '', DOCKER_HOST: 'unix:///docker' }, 'docker'],
    [[], { SKIFF_HOST: '' }, 'context'],
    [[], { SKIFF_HOST: '', SKIFF_CONTEXT: 'dd' }, 'asked'],
    [[], { SKIFF_HOST: '', SKIFF_CONTEXT: 'default' }, 'run/skiff/skiff.sock'],
  ];
  for (const [argv, env, place] of rows) {
    const { stderr } = await skiff([...argv, 'ps'], { env: { HOME: home, ...env } });
    t.match(stderr, `unix:///${place}.`, JSON.stringify([argv, env]));
  }
});
