// The same command line through Docker's client and through ours, against the same engine (Docker's own, then
// ours) or none: same output, same exit code.

import t, { type Test } from 'tap';
import { builtinImage } from '../../harness/builtin-image.ts';
import { cli, type Ended, type Run } from '../../harness/client.ts';
import { recentDocker } from '../../harness/docker-cli.ts';
import { startDockerd } from '../../harness/dockerd.ts';
import { skiff } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { answeredAlone, commandLines, preparations } from './parity-lines.ts';

// Two clients, two engines, 120 lines: half a minute of work, and several beside other tests.
t.setTimeout(300_000);
const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');

if (skip) t.pass('parity', { skip });
else await compareEngines();

async function compareEngines(): Promise<void> {
  const docker = await recentDocker();
  if (docker.skip) {
    t.pass('parity', { skip: docker.skip });
    return;
  }
  const engines = { dockerd: startDockerd, skiffd: startSkiffd };
  for (const [name, start] of Object.entries(engines)) {
    t.test(name, async (t) => {
      const engine = await start();
      t.teardown(() => engine.close());
      const theirs = cli(docker.path, engine);
      // Of newer versions of the API the client knows nothing, and the engine shows more to them.
      const spoken = (await theirs('version', '-f', '{{.Client.APIVersion}}')).stdout.trim();
      await theirs('load', '-i', await builtinImage());
      for (const line of preparations) await theirs(...line);
      await compare(t, theirs, cli(skiff, engine, { env: { SKIFF_API_VERSION: spoken } }), commandLines);
    });
  }
  const none = { host: `unix://${t.testdir()}/none.sock` };
  t.test('none', (t) => compare(t, cli(docker.path, none), cli(skiff, none), answeredAlone));
}

async function compare(t: Test, docker: Run, skiff: Run, lines: readonly string[][]): Promise<void> {
  for (const line of lines) {
    // At the same time: neither changes anything that the other sees.
    const [expected, found] = await Promise.all([docker(...line), skiff(...line)]);
    t.strictSame(normal(found), normal(expected), line.join(' '));
  }
}

/** What differs by name, by moment, or by the order of a map in Go. */
function normal({ code, stdout, stderr }: Ended): Ended {
  const timeless = (text: string) =>
    text
      .replaceAll(/\b(less than a|about an?|\d+) (second|minute|hour)s?\b/gi, 'TIME')
      .replaceAll(/ {3,}/g, '   ')
      .replaceAll(/\d+(\.\d+)?(?=(%|[kKMG]i?B))/g, 'N');
  const renamed = timeless(stderr)
    .replaceAll(/docker/gi, 'skiff')
    .replaceAll(' (skiffd)', '')
    .replaceAll(/S?(See|Run) 'skiff/g, "Run 'skiff");
  return { code, stdout: timeless(stdout).split('\n').sort().join('\n'), stderr: renamed };
}
