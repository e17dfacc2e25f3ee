/** A file system that fills up in the middle of a build: it is told, nothing of it stays, and the next build is fine. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
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
});
