/** The command line is one program in two forms, compiled and on Node: they say the same, with the same exit codes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cli } from '../../harness/client.ts';
import { checkout, skiff } from '../../harness/paths.ts';

const ASKED = [
  '',
  '--version',
  '--help',
  'run --help',
  'image ls --help',
  'nonsense',
  'run --nonsense busybox',
  'create',
  'ps',
  '-H tcp://127.0.0.1:1 images',
  '-H nonsense://x ps',
  'cp a b',
  'completion bash',
];

const skip = existsSync(join(checkout, 'dist/skiff')) ? false : 'no Bun for this machine';
t.test('compiled and on Node', { skip }, async (t) => {
  const engine = { host: `unix://${t.testdir()}/none.sock` };
  const compiled = cli(skiff, engine, { env: { SKIFF_NODE: '' } });
  const onNode = cli(skiff, engine, { env: { SKIFF_NODE: '1' } });
  for (const line of ASKED) {
    const words = line.split(' ').filter(Boolean);
    t.strictSame(await compiled(...words), await onNode(...words), `skiff ${line}`);
  }
});
