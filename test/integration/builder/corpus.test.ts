/**
 * Builds every Dockerfile of the fixtures, and compares files, config and history with what they should be; and with what
 * Docker's classic builder makes of them: config, history and every layer's entries must be equal.
 */
import t from 'tap';
import { ALL_CASES } from '../../fixtures/dockerfiles/all.ts';
import type { BuildCase } from '../../fixtures/dockerfiles/case.ts';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { startDockerd } from '../../harness/dockerd.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { overlaid, readImage, type SavedImage } from './archive.ts';
import { type Built, baseRootfs, Engine } from './engine.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');

t.setTimeout(300_000);

const isClassic = ({ classic, expect }: BuildCase) => classic !== false && !expect.error;
const classicCases = ALL_CASES.filter(isClassic);
// Those that Docker builds too come first: what is found in the cache is the same then.
const cases = [...classicCases, ...ALL_CASES.filter((each) => !isClassic(each))];
const ours = new Map<string, ReturnType<typeof facts>>();

function build(engine: Engine, { name, dockerfile, context = {}, query = {} }: BuildCase): Promise<Built> {
  const { base: _, ...parameters } = query;
  const files = tarOf({ Dockerfile: dockerfile, ...context });
  return engine.build(files, { networkmode: 'none', t: `case-${name}`, ...parameters });
}

t.test('the corpus', { skip }, async (t) => {
  const skiffd = await startSkiffd();
  const engine = new Engine(skiffd.socket);
  t.teardown(() => skiffd.close());
  t.teardown(() => engine.close());
  await engine.import(baseRootfs(), 'base', '1');
  const base = await readImage(await engine.save('base:1'));

  for (const each of cases) {
    const { name, query = {}, expect } = each;
    await t.test(name, async (t) => {
      const built = await build(engine, each);
      if (expect.error) {
        t.match(built.error, expect.error);
        return;
      }
      t.equal(built.error, undefined, built.text);
      const image = await readImage(await engine.save(`case-${name}`));
      ours.set(name, facts(image, built));
      const below =
        query.base === 'scratch'
          ? { layers: 0, history: 0 }
          : { layers: base.layers.length, history: base.document.history?.length ?? 0 };
      if (expect.tree) t.same(overlaid(image.layers.slice(below.layers)), expect.tree, 'tree');
      for (const [key, value] of Object.entries(expect.config ?? {}))
        t.same(image.document.config?.[key] ?? null, value, key);
      const words =
        image.document.history?.slice(below.history).map(({ created_by = '' }) => created_by) ?? [];
      t.equal(words.length, expect.history?.length ?? words.length, 'steps in the history');
      for (const [at, expected] of (expect.history ?? []).entries()) {
        if (typeof expected === 'string') t.equal(words[at], expected);
        else t.match(words[at], expected);
      }
      if (expect.output) t.match(built.text, expect.output);
    });
  }
});

const lacking = skip || requires('apt-get', 'dpkg');
t.test('the classic builder', { skip: lacking }, async (t) => {
  const dockerd = await startDockerd({ args: ['--bridge=none'] });
  const engine = new Engine(dockerd.socket);
  t.teardown(() => dockerd.close());
  t.teardown(() => engine.close());
  await engine.import(baseRootfs(), 'base', '1');

  for (const each of classicCases) {
    const { name, dockerfile } = each;
    await t.test(name, async (t) => {
      const built = await build(engine, each);
      if (built.error) throw new Error(built.error);
      const docker = facts(await readImage(await engine.save(`case-${name}`)), built);
      const mine = ours.get(name);
      t.same(mine?.config, docker.config, 'config');
      const [words, theirWords] = [mine, docker].map((made) => withoutHostNames(made?.history, dockerfile));
      t.same(words, theirWords, 'history');
      t.same(mine?.layers, docker.layers, 'layers');
      t.same(mine?.lines, docker.lines, 'what clients are told');
    });
  }
});

function facts({ document, layers }: SavedImage, { text }: Built) {
  const history = document.history?.map(({ created_by, empty_layer, author }) => ({
    created_by,
    empty_layer,
    author,
  }));
  return {
    ...{ config: meaningful(document.config ?? {}), history },
    ...{ layers: layers.map(entriesOf), lines: linesOf(text) },
  };
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
