/**
 * What a boot does not need is loaded when it is first used; a bundle would read and evaluate all of it each time. What
 * that saves stands in docs/performance.md.
 */
import { isBuiltin } from 'node:module';
import type { Plugin, PluginBuild } from 'esbuild';

/** Node's own modules that only some requests need. */
const BUILTINS = [
  ...[
    'child_process',
    'dgram',
    'dns',
    'dns/promises',
    'http2',
    'https',
    'readline',
    'tls',
    'tty',
    'v8',
    'vm',
  ],
  ...['worker_threads', 'zlib'],
];

/** Packages of which few functions are used, and those seldom. */
const MEMBERS: Record<string, string[]> = {
  semver: ['coerce', 'gt', 'satisfies'],
  yaml: ['parse', 'stringify'],
};

/** Packages that fastify asks for within functions that are not called here. */
const INNER = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/**
 * Modules among `BUILTINS` and `MEMBERS` become objects whose members load them when they are read. A package that is
 * loaded so, or by `import()`, or is one of `INNER`, goes into a file of its own: its name is added to `packages`.
 */
export function onFirstUse(packages: Set<string>): Plugin {
  return {
    name: 'on-first-use',
    setup(build) {
      memberwise(build);
      inOwnFile(build, packages);
    },
  };
}

/** The name of a package's own file: `fastify-ajv-compiler`. */
export const fileOf = (name: string): string => name.replace(/^@/, '').replaceAll('/', '-');

function memberwise({ onResolve, onLoad }: PluginBuild): void {
  onResolve({ filter: /^/ }, ({ path, kind, namespace }) => {
    const isUsed = kind === 'require-call' || kind === 'import-statement';
    const name = path.replace(/^node:/, '');
    const isLate = isUsed && namespace === 'file' && (BUILTINS.includes(name) || name in MEMBERS);
    return isLate ? { path: name, namespace: 'memberwise' } : undefined;
  });
  onLoad({ filter: /^/, namespace: 'memberwise' }, async ({ path }) => {
    const names = MEMBERS[path];
    const contents = names ? members(names, `require('${path}')`) : await builtin(path);
    return { contents, resolveDir: import.meta.dirname };
  });
}

async function builtin(name: string): Promise<string> {
  const { default: module } = await import(`node:${name}`);
  return members(Object.keys(module), `process.getBuiltinModule('node:${name}')`);
}

const members = (names: string[], load: string): string =>
  `for (const name of ${JSON.stringify(names)})
    Object.defineProperty(exports, name, { enumerable: true, get: () => ${load}[name] });`;

function inOwnFile({ initialOptions, onResolve, onLoad }: PluginBuild, packages: Set<string>): void {
  const external = initialOptions.external ?? [];
  onResolve({ filter: /^[^.]/ }, ({ path, kind, namespace }) => {
    if (isBuiltin(path) || external.includes(path)) return undefined;
    const isInner = kind === 'require-call' && INNER.includes(path);
    if (kind !== 'dynamic-import' && namespace !== 'memberwise' && !isInner) return undefined;
    packages.add(path);
    return { path, namespace: 'own-file' };
  });
  onLoad({ filter: /^/, namespace: 'own-file' }, ({ path }) => ({
    contents: `module.exports = require('./${fileOf(path)}.js');`,
  }));
  onResolve({ filter: /^\.\//, namespace: 'own-file' }, ({ path }) => ({ path, external: true }));
}
