// `cp` by every rule of where things land, through Docker's client and through ours: the same trees, the same words.

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { builtinImage } from '../../harness/builtin-image.ts';
import { cli, clientEnv, type Run } from '../../harness/client.ts';
import { recentDocker } from '../../harness/docker-cli.ts';
import { skiff } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../../harness/skiffd.ts';

t.setTimeout(300_000);
const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');

async function compare(t: Test): Promise<void> {
  const docker = await recentDocker();
  const engine = await startSkiffd();
  t.teardown(() => engine.close());
  await cli(skiff, engine)('load', '-i', await builtinImage());
  const root = t.testdir({});
  await t.test('the same as with docker', { skip: docker.skip }, async (t) => {
    const [theirs, ours] = [
      await copyAll(engine, docker.path, root, 'box-of-docker'),
      await copyAll(engine, skiff, root, 'box-of-skiff'),
    ];
    t.strictSame(ours.said, theirs.said, 'what was said');
    t.strictSame(ours.inside, theirs.inside, 'what is in the container');
    t.strictSame(ours.outside, theirs.outside, 'what is on this machine');
    t.ok(theirs.inside.length > 20 && theirs.outside.length > 30);
  });
  await t.test('owners and streams', (t) => ownersAndStreams(t, engine, root));
}

/** Source, target; `BOX:` is the container. */
const copies: readonly (readonly string[])[] = [
  ['tree', 'BOX:/d/new'],
  ['tree', 'BOX:/d/exist'],
  ['tree/.', 'BOX:/d2'],
  ['tree/', 'BOX:/d/slash'],
  ['tree/a', 'BOX:/d/file'],
  ['tree/a', 'BOX:/d/exist/'],
  ['tree/l', 'BOX:/d/link'],
  ['-L', 'tree/l', 'BOX:/d/followed'],
  ['tree/a', 'BOX:/nowhere/x'],
  ['tree/a', 'BOX:/d/nowhere/'],
  ['tree/a', 'BOX:/d/tolink'],
  ['missing', 'BOX:/d'],
  ['BOX:/d', 'out/new'],
  ['BOX:/d', 'out'],
  ['BOX:/d/.', 'out/content'],
  ['BOX:/d/file', 'out/f'],
  ['BOX:/d/file', 'out'],
  ['BOX:/d/link', 'out/link'],
  ['-L', 'BOX:/d/new/l', 'out/followed'],
  ['BOX:/d/file', 'nowhere/x'],
  ['BOX:/d/file', 'out/nowhere/'],
  ['BOX:/d', 'out/f'],
  ['BOX:/missing', 'out'],
  ['BOX:/etc/passwd', 'out/f'],
  ['BOX:/d/file', 'links/file'],
  ['BOX:/d/file', 'links/folder'],
  ['BOX:/d/file', 'links/nothing'],
  ['BOX:/d/exist', 'links/folder'],
  ['BOX:/d2', 'links/nothing2'],
  ['BOX:/d/file', 'links/round'],
  ['tree/a', 'BOX:/d/tofolder'],
  ['tree/a', 'BOX:/d/tonothing'],
  ['tree', 'BOX:/d/tonothing2'],
  ['tree', 'BOX:/d/tofolder'],
];

async function copyAll(engine: Skiffd, program: string, root: string, name: string) {
  const cwd = join(root, name);
  mkdirSync(join(cwd, 'tree/sub'), { recursive: true });
  mkdirSync(join(cwd, 'out'));
  writeFileSync(join(cwd, 'tree/a'), 'a');
  writeFileSync(join(cwd, 'tree/sub/b'), 'b', { mode: 0o640 });
  writeFileSync(join(cwd, 'tree', 'x'.repeat(150)), 'long');
  symlinkSync('a', join(cwd, 'tree/l'));
  mkdirSync(join(cwd, 'links/real'), { recursive: true });
  writeFileSync(join(cwd, 'links/real/f'), 'before');
  const links = {
    file: 'real/f',
    folder: 'real',
    nothing: 'real/new',
    nothing2: 'real/new2',
    round: 'round',
  };
  for (const [link, target] of Object.entries(links)) symlinkSync(target, join(cwd, 'links', link));
  const run: Run = async (...args) => {
    const ended = await execa(program, args, { cwd, env: clientEnv(engine.host), reject: false });
    return { code: ended.exitCode ?? -1, stdout: ended.stdout, stderr: ended.stderr };
  };
  await run('run', '-d', '--name', name, '--network', 'none', 'busybox', 'sleep', '600');
  await run(
    'exec',
    name,
    'sh',
    '-c',
    'mkdir -p /d/exist /d2; echo t > /d/target; ln -s target /d/tolink; ln -s exist /d/tofolder; ln -s new1 /d/tonothing; ln -s new2 /d/tonothing2',
  );
  const said: string[] = [];
  for (const copy of copies) {
    const { code, stderr } = await run('cp', ...copy.map((word) => word.replace('BOX', name)));
    // Docker's client also logs what its tar writer thinks of a closed pipe.
    const words = stderr.split('\n').filter((line) => !line.startsWith('time='));
    said.push(`${copy.join(' ')}: ${code} ${words.join(' ').replaceAll(name, 'BOX')}`);
  }
  const list = 'find d d2 | while read f; do stat -c "%n %f %s %Y" "$f" | sed "s/ [0-9]*$//"; done | sort';
  const inside = (await run('exec', name, 'sh', '-c', `cd /; ${list}`)).stdout.split('\n');
  const outside = readdirSync(join(cwd, 'out'), { recursive: true, encoding: 'utf8' }).sort();
  for (const entry of readdirSync(join(cwd, 'links'), { recursive: true, withFileTypes: true }))
    outside.push(`${entry.name} ${entry.isSymbolicLink() ? 'link' : entry.isFile() ? 'file' : 'folder'}`);
  await run('rm', '-f', name);
  return { said, inside, outside };
}

async function ownersAndStreams(t: Test, engine: Skiffd, root: string): Promise<void> {
  const run = cli(skiff, engine);
  const file = join(root, 'owned');
  writeFileSync(file, 'mine');
  await execa('chown', ['1234:5678', file]);
  await run('run', '-d', '--name', 'box', '--network', 'none', 'busybox', 'sleep', '600');
  const owner = async (path: string) => (await run('exec', 'box', 'stat', '-c', '%u:%g', path)).stdout.trim();
  await run('cp', file, 'box:/tmp/plain');
  await run('cp', '-a', file, 'box:/tmp/owned');
  t.equal(await owner('/tmp/owned'), '1234:5678');
  t.equal(await owner('/tmp/plain'), '1234:5678', "Docker's documentation says root, its engine does this");

  const tar = await execa('tar', ['-c', '-C', root, 'owned'], { encoding: 'buffer' });
  const upload = cli(skiff, engine, { input: Buffer.from(tar.stdout) });
  await run('exec', 'box', 'mkdir', '/in');
  t.match(await upload('cp', '-', 'box:/in'), { code: 0 });
  t.match(await upload('cp', '-', 'box:/in/owned'), {
    code: 1,
    stderr: 'destination "box:/in/owned" must be a directory\n',
  });
  const listed = await execa('sh', ['-c', `${skiff} cp box:/in - | tar -t`], { env: clientEnv(engine.host) });
  t.equal(listed.stdout, 'in/\nin/owned');
  await run('rm', '-f', 'box');
}

t.test('cp', { skip }, compare);
