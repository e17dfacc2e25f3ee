/** scripts/bench: parses what is wanted, measures line by line, prints the table, and writes JSON and SVG. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { engineNames, withArena } from './arena.ts';
import type { Engine, EngineName } from './engine.ts';
import { lines } from './lines/all.ts';
import { measure, type Result } from './measure.ts';
import { svg } from './svg.ts';
import { behind, table } from './table.ts';

const USAGE = `Usage: scripts/bench [OPTIONS] [LINE…]

Measures skiff, Docker and Podman side by side, in turns, against the floor.

Options:
  --quick             fewer rounds, smaller data
  --engines LIST      of skiff,docker,podman (default: all that this machine can run)
  --json FILE         writes every sample
  --svg FILE          draws the comparison
  --from FILE         shows (and draws) what --json has written before, and measures nothing; may be repeated

Ctrl-C ends it with what there is until then.
  --list              names the lines
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    engines: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    from: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else if (values.list) for (const { name, title } of lines) console.log(`${name.padEnd(16)} ${title}`);
else if (values.from) show(values.from.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Result[]));
else await bench();

async function bench(): Promise<void> {
  const unknown = positionals.find((name) => !lines.some((line) => line.name === name));
  if (unknown) throw new Error(`no line is called ${unknown}; scripts/bench --list names them`);
  const wanted = lines.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const engines = values.engines ? (values.engines.split(',') as EngineName[]) : engineNames();
  const results: Result[] = [];
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await withArena({ engines, quick: values.quick, progress, note, stop: stop.signal }, async (arena) => {
    for (const line of wanted) {
      if (stop.signal.aborted) break;
      try {
        const result = await measure(line, arena);
        results.push(result);
        // A long run that is lost half-way is lost up to here only.
        if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 1)}\n`);
        report(result);
      } catch (error) {
        note(`${line.name} could not be measured: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      }
    }
    progress('');
    console.log(`${machine(arena.engines)}\n`);
  });
  show(results);
}

/** Where no line is written over, each says that it is done. */
function report({ line, summaries }: Result): void {
  if (process.stderr.isTTY) return;
  const medians = Object.entries(summaries).map(
    ([name, { median }]) => `${name} ${Number(median.toPrecision(3))}`,
  );
  console.error(`${line.name} (${line.unit}): ${medians.join(', ')}`);
}

function show(results: Result[]): void {
  console.log(`${table(results)}\n\n${behind(results)}`);
  if (values.svg) writeFileSync(values.svg, svg(results));
}

function machine(engines: Engine[]): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, Linux ${release()}; ${values.quick ? 'quick run; ' : ''}medians, p95 in brackets.`,
    engines.map(({ version }) => version).join('; '),
  ].join('\n');
}

/** One line that is written over, on a terminal; a line each elsewhere would be noise. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function note(text: string): void {
  progress('');
  console.error(text);
}
