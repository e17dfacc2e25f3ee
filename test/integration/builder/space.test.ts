/**
 * A file system that fills up in the middle of a build: it is told, nothing of it stays, and the next build is fine. On
 * one that is full, what cannot be stored has not happened, and a daemon comes up.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { ignoring } from '../../../src/core/errors.ts';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { dockerode, refusal } from '../../harness/client.ts';
import { requires } from '../../harness/requires.ts';
import { leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

const MB = 1 << 20;
const FULL = /no space left on device/i;

t.test('no space', { skip }, async (t) => {
  const small = mkdtempSync(join(tmpdir(), 'skiff-small-'));
  t.teardown(() => rmdirSync(small));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', small]);
  // The daemon's log is still open.
  t.teardown(() => execFileSync('umount', ['--lazy', small]));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = small;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const { skiffd, engine } = await openFixture(t);
  const free = () => statfsSync(small).bavail * statfsSync(small).bsize;
  const write = (mb: number) => `RUN dd if=/dev/zero of=/x bs=1M count=${mb}`;
  const rows: Record<string, Parameters<typeof tarOf>[0]> = {
    'in the context': { Dockerfile: 'FROM base:1', f: Buffer.alloc(50 * MB) },
    'in a COPY': { Dockerfile: 'FROM base:1\nCOPY f /f', f: Buffer.alloc(15 * MB) },
    'in the layer of a RUN': { Dockerfile: `FROM base:1\n${write(25)}` },
    'in a stage': {
      Dockerfile: `FROM base:1 AS a\n${write(10)}\nFROM base:1\nCOPY --from=a /x /y\nCOPY --from=a /x /z`,
    },
  };
  for (const [where, files] of Object.entries(rows)) {
    const before = free();
    const built = await engine.build(tarOf(files), { networkmode: 'none', t: 'full' });
    t.match(built, { error: FULL }, where);
    await engine.json('POST', '/build/prune?all=1');
    t.same(leftovers(skiffd), [], where);
    t.ok(before - free() < MB, `${before - free()} bytes of it stay`);
    const next = await engine.build(tarOf({ Dockerfile: `FROM base:1\nRUN echo ${where}` }), {
      networkmode: 'none',
    });
    t.equal(next.error, undefined);
  }

  const docker = dockerode(skiffd);
  const idle = { Image: 'base:1', Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none' } };
  const container = await docker.createContainer({ ...idle, name: 'kept' });
  await container.start();
  const archive = createReadStream(await builtinImage());
  fill(join(small, 'ballast'));
  const attempts: Record<string, () => Promise<unknown>> = {
    create: () => docker.createContainer({ ...idle, name: 'new' }),
    commit: () => container.commit({ repo: 'new' }),
    tag: () => docker.getImage('base:1').tag({ repo: 'new' }),
    volume: () => docker.createVolume({ Name: 'new' }),
    network: () => docker.createNetwork({ Name: 'new' }),
    rename: () => container.rename({ name: 'new' }),
    update: () => container.update({ RestartPolicy: { Name: 'always' } }),
    copy: () => container.putArchive(tarOf({ f: Buffer.alloc(MB) }), { path: '/' }),
  };
  for (const [what, attempt] of Object.entries(attempts)) {
    const { statusCode, message } = await refusal(attempt());
    t.ok(statusCode >= 500 && FULL.test(message), `${what}: ${statusCode} ${message}`);
  }
  const loaded = await text((await docker.loadImage(archive)) as Readable);
  t.match(loaded, FULL);
  t.notMatch(loaded, /invalid archive/);
  t.notOk(readdirSync(join(skiffd.dataRoot, 'volumes')).length, 'no half volume');
  const check = async (when: string) => {
    t.match(
      await container.inspect(),
      { Name: '/kept', HostConfig: { RestartPolicy: { Name: 'no' } } },
      when,
    );
    t.strictSame(
      (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags).includes('new:latest'),
      false,
    );
    t.match(await docker.listVolumes(), { Volumes: [] }, when);
  };
  await check('at once');
  await skiffd.crash();
  await skiffd.start();
  await check('as the next daemon, which comes up on a full disk, finds it');
  t.match((await container.inspect()).State, { Running: true });
  await container.stop({ t: 0 });
  t.match((await container.inspect()).State, { Status: 'exited', ExitCode: 137 });
  t.ok(await text(await container.export()), 'what it has written can be saved');
  rmSync(join(small, 'ballast'));
  await container.start();
  await container.remove({ force: true });
});

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [1 << 16, 1]) while (writes(file, size));
  } finally {
    closeSync(file);
  }
}

function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) > 0;
  } catch (error) {
    ignoring('ENOSPC')(error);
    return false;
  }
}
