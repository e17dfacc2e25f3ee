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

/** Packages that fastify and its plugins ask for within functions, few of which are ever called here. */
const INNER = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request', 'yaml'];

/** A native package of which one function is used. */
const NATIVE: Record<string, string[]> = { 'node-pty': ['spawn'] };

/**
 * Node's modules among `BUILTINS`, and native packages, become objects whose members load them when they are read. A
 * package that is imported by `import()`, or is one of `INNER`, goes into a file of its own: its name is added to `packages`.
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
    const name = path.replace(/^node:/, '');
    const isLate = kind !== 'dynamic-import' && (BUILTINS.includes(name) || name in NATIVE);
    return isLate && namespace !== 'memberwise' ? { path: name, namespace: 'memberwise' } : undefined;
  });
  onLoad({ filter: /^/, namespace: 'memberwise' }, async ({ path }) => {
    const names = NATIVE[path];
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
  onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
    const isImported = kind === 'dynamic-import' && !isBuiltin(path) && !external.includes(path);
    const isInner = kind === 'require-call' && INNER.includes(path);
    if (!isImported && !isInner) return undefined;
    packages.add(path);
    return { path, namespace: 'own-file' };
  });
  onLoad({ filter: /^/, namespace: 'own-file' }, ({ path }) => ({
    contents: `module.exports = require('./${fileOf(path)}.js');`,
  }));
  onResolve({ filter: /^\.\//, namespace: 'own-file' }, ({ path }) => ({ path, external: true }));
}
