/** Docker's classic builder builds the same Dockerfiles: config, history and every layer's entries must be equal. */
import t from 'tap';
import { ALL_CASES } from '../../fixtures/dockerfiles/all.ts';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { startDockerd } from '../../harness/dockerd.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { readImage, type SavedImage } from './archive.ts';
import { baseRootfs, Engine } from './engine.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox', 'apt-get', 'dpkg');
const cases = ALL_CASES.filter(({ classic, expect }) => classic !== false && !expect.error);

t.setTimeout(300_000);

t.test('the classic builder', { skip }, async (t) => {
  const [skiffd, dockerd] = await Promise.all([startSkiffd(), startDockerd({ args: ['--bridge=none'] })]);
  t.teardown(() => Promise.all([skiffd.close(), dockerd.close()]));
  const ours = new Engine(skiffd.socket);
  const theirs = new Engine(dockerd.socket);
  t.teardown(() => Promise.all([ours.close(), theirs.close()]));
  const rootfs = baseRootfs();
  await Promise.all([ours.import(rootfs, 'base', '1'), theirs.import(rootfs, 'base', '1')]);

  for (const { name, dockerfile, context = {}, query = {} } of cases) {
    await t.test(name, async (t) => {
      const { base: _, ...parameters } = query;
      const files = tarOf({ Dockerfile: dockerfile, ...context });
      const build = async (engine: Engine) => {
        const built = await engine.build(files, { networkmode: 'none', t: name, ...parameters });
        if (built.error) throw new Error(built.error);
        return { ...facts(await readImage(await engine.save(name))), lines: linesOf(built.text) };
      };
      const [mine, docker] = [await build(ours), await build(theirs)];
      t.same(mine.config, docker.config, 'config');
      const [words, theirWords] = [mine, docker].map(({ history }) => withoutHostNames(history, dockerfile));
      t.same(words, theirWords, 'history');
      t.same(mine.layers, docker.layers, 'layers');
      t.same(mine.lines, docker.lines, 'what clients are told');
    });
  }
});

function facts({ document, layers }: SavedImage) {
  const history = document.history?.map(({ created_by, empty_layer, author }) => ({
    created_by,
    empty_layer,
    author,
  }));
  return { config: meaningful(document.config ?? {}), history, layers: layers.map(entriesOf) };
}

/** Those that clients look for; what commands say comes between them in pieces. */
function linesOf(text: string): string[] {
  const known = /^(?:Step |# Executing | ---> |Removing intermediate |Successfully )/;
  return text
    .split('\n')
    .filter((line) => known.test(line))
    .map((line) => line.replace(/\b[0-9a-f]{12}\b/, 'ID'));
}

/** Nobody reads the mode of a whiteout. */
function entriesOf(layer: Map<string, string>) {
  return Object.fromEntries([...layer].map(([path, what]) => [path, /\.wh\./.test(path) ? '' : what]).sort());
}

/** Into the checksums of files of stages Docker mixes the names that their owners have on its host. */
function withoutHostNames(history: ReturnType<typeof facts>['history'], dockerfile: string) {
  if (!dockerfile.includes('--from=')) return history;
  return history?.map(({ created_by, ...rest }) => ({
    ...rest,
    created_by: created_by?.replace(/:[0-9a-f]{64}/, ''),
  }));
}

/** What is empty says nothing, and what only a container has is no part of an image. */
function meaningful(config: Record<string, unknown>): Record<string, unknown> {
  const containers = [
    'Hostname',
    'Domainname',
    'Image',
    'AttachStdin',
    'AttachStdout',
    'AttachStderr',
    'Tty',
    'OpenStdin',
    'StdinOnce',
    'ArgsEscaped',
    'OnBuild',
  ];
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => {
      const empty =
        value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
      return !empty && !containers.includes(key);
    }),
  );
}
