/**
 * `node test/harness/suite.ts JOBS FILE…` runs test files, some at a time: TAP on stdout, what each file took on stderr. tap's
 * command line would do the same, but puts its hooks for coverage and modules into every Node that a test starts, daemons
 * and their workers included: half of what a small file costs, and not what users run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cache, checkout } from './paths.ts';

const TIMEOUT = 600_000;

const [jobs, ...files] = process.argv.slice(2);
t.jobs = Number(jobs);
t.setTimeout(0);
for (const file of longestFirst(files)) void run(file);

/** None is left to run alone at the end, as far as the time that a file asks for tells, and after that its size. */
function longestFirst(files: string[]): string[] {
  const known = files.map((file) => {
    const text = readFileSync(join(checkout, file), 'utf8');
    const limit = Number(/^t\.setTimeout\(([\d_]+)\)/m.exec(text)?.[1]?.replaceAll('_', '') ?? 0);
    return { file, limit, size: text.length };
  });
  return known.sort((a, b) => b.limit - a.limit || b.size - a.size).map(({ file }) => file);
}

/** `t.spawn` hands its hooks on in NODE_OPTIONS: env(1) takes them off. */
async function run(file: string): Promise<void> {
  const results = await t.spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, file], {
    ...{ name: file, cwd: checkout, buffered: t.jobs > 1, timeout: TIMEOUT, stdio: 'inherit' },
    env: {
      ...process.env,
      TAP_TIMEOUT: String(TIMEOUT / 1000),
      NODE_COMPILE_CACHE: join(cache, 'compiled-tests'),
    },
    // Where a test stands is no line of this file.
    ...{ at: null, stack: '' },
  });
  const seconds = ((results?.time ?? 0) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${results?.ok ? 'ok    ' : 'not ok'} ${seconds} s  ${file}\n`);
}
