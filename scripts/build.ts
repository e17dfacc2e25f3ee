/**
 * Bundles what runs: `dist/skiffd.js` (daemon), one file beside it for every worker thread, `dist/skiff.cjs`
 * (command line), and `dist/skiff`, the same command line compiled into a program of its own. Native modules stay
 * outside. A bundle boots in a third of the time of the sources.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { fileOf, onFirstUse } from './on-first-use.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** Built beside and moved in at the end, so that a daemon that starts meanwhile finds the old build or the new. */
const fresh = join(root, `.cache/build-${process.pid}`);

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  external: ['koffi'],
  logLevel: 'warning',
  legalComments: 'none',
};

/** What `import.meta` would say in a bundle that is no ES module. */
const importMeta = {
  define: {
    'import.meta.url': '__url',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
};

async function bundle(): Promise<void> {
  const started = performance.now();
  mkdirSync(fresh, { recursive: true });
  try {
    await Promise.all([buildDaemon(), buildCli()]);
    compileCli();
    replaceDist();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  console.log(`built dist/ in ${Math.round(performance.now() - started)} ms`);
}

/**
 * Without comments and indentation: V8 keeps the text of what runs for as long as it runs, and one letter beyond ASCII,
 * in a comment of a package, makes it take two bytes for each: 3.4 MB instead of 9.9. Names stay, for stack traces.
 */
const slim: BuildOptions = { minifyWhitespace: true, minifySyntax: true, lineLimit: 200 };

/**
 * The daemon and its workers share no chunk: each is one file that a worker URL can name. CommonJS, because an ES
 * module that imports node:http makes Node evaluate every lazy export of it, its own undici among them: 25 ms a start.
 */
async function buildDaemon(): Promise<void> {
  const entries: Record<string, string> = {};
  const daemon = join(root, 'src/daemon/main.ts');
  if (existsSync(daemon)) entries.skiffd = daemon;
  for (const file of globSync('src/**/*-worker.ts', { cwd: root }))
    entries[basename(file, '.ts')] = join(root, file);
  const packages = new Set<string>();
  const options: BuildOptions = {
    ...shared,
    ...slim,
    outdir: fresh,
    format: 'cjs',
    banner: importMeta.banner,
  };
  const plugins = [onFirstUse(packages)];
  await build({
    ...options,
    entryPoints: entries,
    define: { ...importMeta.define, ...identity() },
    plugins,
  });
  // A package may bring others that go into files of their own.
  for (let built = 0; built < packages.size; ) {
    const names = [...packages].slice(built);
    built = packages.size;
    const files = Object.fromEntries(names.map((name) => [fileOf(name), name]));
    await build({ ...options, entryPoints: files, define: importMeta.define, plugins });
  }
  writeFileSync(join(fresh, 'package.json'), '{ "type": "commonjs" }\n');
}

/** What the daemon says of itself at /version. */
function identity(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return {
    SKIFF_VERSION: JSON.stringify(version),
    SKIFF_COMMIT: JSON.stringify(status === 0 ? stdout.trim() : 'unknown'),
    SKIFF_BUILT: JSON.stringify(new Date().toISOString()),
  };
}

/** CommonJS starts faster than ES modules, and a command line is all start. */
async function buildCli(): Promise<void> {
  await build({
    ...shared,
    entryPoints: [join(root, 'src/cli/main.ts')],
    outfile: join(fresh, 'skiff.cjs'),
    format: 'cjs',
    minify: true,
    define: identity(),
  });
}

/**
 * With Bun, where npm has brought it: it starts in 13 ms where Node needs 35, as its engine does not boot but wakes up
 * (docs/performance.md). Without it, or on a processor that it does not run on, Node runs `skiff.cjs` as before. Bun
 * would read `.env` and `bunfig.toml` of whatever folder the command is called in.
 */
function compileCli(): void {
  const architecture = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const bun = join(root, `node_modules/@oven/bun-linux-${architecture}/bin/bun`);
  const program = join(fresh, 'skiff');
  const options = ['--compile', '--bytecode', '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  const works =
    existsSync(bun) &&
    runs(bun, ['build', ...options, join(fresh, 'skiff.cjs'), '--outfile', program]) &&
    runs(program, ['--version']);
  if (!works) rmSync(program, { force: true });
}

function runs(program: string, args: string[]): boolean {
  return spawnSync(program, args, { cwd: fresh }).status === 0;
}

function replaceDist(): void {
  mkdirSync(dist, { recursive: true });
  if (!existsSync(join(fresh, 'skiff'))) rmSync(join(dist, 'skiff'), { force: true });
  for (const file of globSync('*', { cwd: fresh })) renameSync(join(fresh, file), join(dist, file));
}

await bundle();
