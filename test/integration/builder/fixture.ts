/** A daemon with the base image of the cases, and builds on it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { type Skiffd, startSkiffd } from '../../harness/skiffd.ts';
import { type Built, baseRootfs, Engine, type Query } from './engine.ts';

export interface Fixture {
  skiffd: Skiffd;
  engine: Engine;
  /** Without a network; the Dockerfile is one of the files. */
  build(dockerfile: string, more?: { files?: Parameters<typeof tarOf>[0]; query?: Query }): Promise<Built>;
}

/** Goes with the test. */
export async function openFixture(t: Test): Promise<Fixture> {
  const skiffd = await startSkiffd();
  const engine = new Engine(skiffd.socket);
  t.teardown(() => skiffd.close());
  t.teardown(() => engine.close());
  await engine.import(baseRootfs(), 'base', '1');
  return {
    skiffd,
    engine,
    build: (dockerfile, { files = {}, query = {} } = {}) =>
      engine.build(tarOf({ Dockerfile: dockerfile, ...files }), { networkmode: 'none', ...query }),
  };
}

/** How many steps of a build were known from before. */
export const cachedSteps = (text: string) => text.match(/ ---> Using cache/g)?.length ?? 0;

/** What is there of steps, contexts and secrets: nothing, once no build runs. */
export function leftovers({ dataRoot, execRoot }: Skiffd): string[] {
  const folders = [join(dataRoot, 'build/trees'), join(dataRoot, 'build/scratch'), join(execRoot, 'build')];
  const bundles = join(execRoot, 'bundles');
  return [...folders, bundles].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  );
}
