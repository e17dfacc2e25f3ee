/** Builds every Dockerfile of the fixtures and compares files, config and history with what they should be. */
import t from 'tap';
import { ALL_CASES } from '../../fixtures/dockerfiles/all.ts';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { overlaid, readImage } from './archive.ts';
import { baseRootfs, Engine } from './engine.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');

t.setTimeout(300_000);

t.test('the corpus', { skip }, async (t) => {
  const skiffd = await startSkiffd();
  const engine = new Engine(skiffd.socket);
  t.teardown(() => skiffd.close());
  t.teardown(() => engine.close());
  await engine.import(baseRootfs(), 'base', '1');
  const base = await readImage(await engine.save('base:1'));

  for (const { name, dockerfile, context = {}, query = {}, expect } of ALL_CASES) {
    await t.test(name, async (t) => {
      const { base: from, ...parameters } = query;
      const files = tarOf({ Dockerfile: dockerfile, ...context });
      const built = await engine.build(files, { networkmode: 'none', t: `case-${name}`, ...parameters });
      if (expect.error) {
        t.match(built.error, expect.error);
        return;
      }
      t.equal(built.error, undefined, built.text);
      const image = await readImage(await engine.save(`case-${name}`));
      const below =
        from === 'scratch'
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
