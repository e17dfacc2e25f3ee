// What `skiff build` sends, and what it refuses before it sends anything.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { fakeEngine } from './fake-engine.ts';

const BUILT = [{ stream: 'Step 1/1 : FROM scratch\n' }, { aux: { ID: `sha256:${'1'.repeat(64)}` } }]
  .map((line) => JSON.stringify(line))
  .join('\n');

t.test('the context, compressed if that is asked for', async (t) => {
  const skiff = await fakeEngine(t, { 'POST /build': [200, BUILT] });
  const context = t.testdir({ Dockerfile: 'FROM scratch\n', f: 'a file\n' });
  const sent = async (...args: string[]) => (await skiff(['build', ...args, context])).seen[0]?.body ?? '';
  t.match(await sent(), /^[\s\S]*a file\n/);
  const compressed = Buffer.from(await sent('--compress'), 'latin1');
  t.match(gunzipSync(compressed).toString(), /^[\s\S]*a file\n/);
});

t.test('the ID of the build before does not outlive one that fails', async (t) => {
  const engine = await fakeEngine(t, { 'POST /build': [200, BUILT] });
  const failing = await fakeEngine(t, { 'POST /build': [500, { message: 'no' }] });
  const context = t.testdir({ Dockerfile: 'FROM scratch\n' });
  const file = join(context, 'id');
  writeFileSync(file, 'old');
  await engine(['build', '--iidfile', file, context]);
  t.equal(readFileSync(file, 'utf8'), `sha256:${'1'.repeat(64)}`);
  t.match(await failing(['build', '--iidfile', file, context]), { code: 1 });
  t.notOk(existsSync(file));
});

t.test('flags that say nothing', async (t) => {
  const skiff = await fakeEngine(t, {});
  const rows: [string[], RegExp][] = [
    [['-t', 'BAD'], /"BAD" for "-t, --tag" flag: invalid reference format: repository name \(library\/BAD\)/],
    [['-t', 'a', '-t', 'x:y:z'], /"x:y:z" for "-t, --tag" flag: invalid reference format/],
    [['--add-host', 'x'], /"--add-host" flag: bad format for add-host: "x"/],
    [['--add-host', 'x:1.2.3'], /"--add-host" flag: invalid IP address in add-host: "1.2.3"/],
    [['--build-arg', '=1'], /"--build-arg" flag: invalid environment variable: =1/],
    [['--label', '=x'], /"--label" flag: invalid label '=x': empty name/],
  ];
  for (const [args, stderr] of rows)
    t.match(await skiff(['build', ...args, '.']), { code: 125, stderr, seen: [] }, args.join(' '));
});
