/** `docker build` with stock clients: Debian's 20.10 with the classic builder, and newer ones without buildx. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { cli, dockerode } from '../../harness/client.ts';
import { type DockerCli, dockerClis } from '../../harness/docker-cli.ts';
import { requires } from '../../harness/requires.ts';
import { type Fixture, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox', 'apt-get', 'dpkg');
t.setTimeout(180_000);

t.test('stock clients', { skip }, async (t) => {
  const fixture = await openFixture(t);
  for (const client of await dockerClis())
    await t.test(`docker ${client.version}`, (t) => drive(t, client, fixture));
  await t.test('dockerode', (t) => driveDockerode(t, fixture));
});

/** A list of files, which it packs and compresses; an archive; and parameters that are given twice. */
async function driveDockerode(t: Test, { skiffd }: Fixture): Promise<void> {
  const docker = dockerode(skiffd);
  const context = t.testdir({
    Dockerfile: 'FROM base:1\nCOPY f /f\nRUN cat /f',
    f: 'in a file',
    'x.log': '',
  });
  const follow = (stream: NodeJS.ReadableStream) =>
    new Promise<{ stream?: string; errorDetail?: { code?: number }; aux?: { ID: string } }[]>(
      (resolve, reject) =>
        docker.modem.followProgress(stream, (error, output) => (error ? reject(error) : resolve(output))),
    );
  const files = { context, src: ['Dockerfile', 'f'] };
  const listed = await follow(await docker.buildImage(files, { t: 'rode:1', networkmode: 'none' }));
  t.match(listed.map(({ stream = '' }) => stream).join(''), /in a file[\s\S]*Successfully tagged rode:1\n$/);
  const { Id } = await docker.getImage('rode:1').inspect();
  t.equal(listed.findLast(({ aux }) => aux)?.aux?.ID, Id);

  const archive = Readable.from([gzipSync(tarOf({ one: 'FROM base:1\nRUN exit 5', Dockerfile: 'x' }))]);
  const options = { dockerfile: ['one', 'two'] as unknown as string, networkmode: 'none', q: true };
  const failed = await follow(await docker.buildImage(archive, options));
  t.match(failed.at(-1), { errorDetail: { code: 5, message: /non-zero code: 5/ } });
  const wrong = docker.buildImage(Readable.from([tarOf({ Dockerfile: 'FROM base:1\nCOPPY a b' })]), {});
  await t.rejects(wrong, { message: /HTTP code 400[\s\S]*line 2: unknown instruction: COPPY/ });
}

const DOCKERFILE = 'FROM base:1\nARG A=0\nCOPY . /c/\nRUN echo "a is $A" && ls /c > /files';

async function drive(t: Test, { path }: DockerCli, { skiffd }: Fixture): Promise<void> {
  const env = { DOCKER_BUILDKIT: '0', NO_PROXY: 'none.test' };
  const docker = cli(path, skiffd, { env, timeout: 60_000 });
  const context = t.testdir({ Dockerfile: DOCKERFILE, f: 'f', 'x.log': 'log', '.dockerignore': '*.log\n' });

  const built = await docker(
    'build',
    '--network',
    'none',
    '--build-arg',
    'A=1',
    '--label',
    'l=1',
    '-t',
    'cli:1',
    context,
  );
  t.equal(built.code, 0, built.stderr);
  t.match(
    built.stdout,
    /Step 1\/5 : FROM base:1\n[\s\S]*a is 1\n[\s\S]*Step 5\/5 : LABEL l=1\n[\s\S]*Successfully tagged cli:1\n/,
  );
  t.match(await docker('run', '--rm', '--network', 'none', 'cli:1', 'cat', '/files'), {
    stdout: 'Dockerfile\nf\n',
  });

  const idFile = join(context, 'id');
  const quiet = await docker(
    'build',
    '-q',
    '--network',
    'none',
    '--iidfile',
    idFile,
    '-f',
    join(context, 'Dockerfile'),
    context,
  );
  t.match(quiet, { code: 0, stdout: /^sha256:[0-9a-f]{64}\n$/ });

  const piped = cli(path, skiffd, { env, input: 'FROM base:1\nRUN echo from stdin' });
  t.match(await piped('build', '--network', 'none', '-'), { code: 0, stdout: /from stdin/ });
  t.match(await piped('build', '--network', 'none', '-f', '-', context), { code: 0, stdout: /from stdin/ });
  const tarred = cli(path, skiffd, { env, input: tarOf({ Dockerfile: 'FROM base:1\nCOPY f /\n', f: 'x' }) });
  t.match(await tarred('build', '-'), { code: 0, stdout: /Successfully built/ });

  t.match(await piped('build', '--network', 'none', '--target', 'gone', '-'), {
    code: 1,
    stderr: /failed to reach build target gone/,
  });
  const broken = join(context, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'Dockerfile'), 'FROM base:1\nRUN exit 9');
  t.match(await docker('build', '--network', 'none', broken), {
    code: 9,
    stderr: /returned a non-zero code: 9/,
  });
  writeFileSync(join(broken, 'Dockerfile'), 'FROM base:1\nCOPPY a b');
  t.match(await docker('build', broken), {
    code: 1,
    stderr: /line 2: unknown instruction: COPPY \(did you mean COPY\?\)/,
  });
  t.match(await docker('builder', 'prune', '-af'), { code: 0, stdout: /Total/ });
}
