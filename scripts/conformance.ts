/**
 * `scripts/conformance.ts FOLDER`: writes docs/conformance.md, the table of the operations of the Docker Engine API with
 * the tests that ask for each, and the part of it about containers and execs into the README, from what a run of
 * scripts/test recorded.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_VERSION } from '../src/api/version.ts';
import { OPERATIONS } from '../src/daemon/plugins/operations.ts';

const [folder = '.cache/test/operations'] = process.argv.slice(2);
const root = join(import.meta.dirname, '..');

const reports = readReports(folder);
writeFileSync(join(root, 'docs/conformance.md'), page(reports));
writeReadme(join(root, 'README.md'), reports);

/** Operation → test files, sorted. */
function readReports(from: string): Map<string, string[]> {
  const tests = new Map<string, Set<string>>();
  for (const name of readdirSync(from)) {
    const { test, operations } = JSON.parse(readFileSync(join(from, name), 'utf8')) as {
      test: string;
      operations: string[];
    };
    for (const operation of operations) {
      tests.set(operation, (tests.get(operation) ?? new Set()).add(test));
    }
  }
  return new Map([...tests].map(([operation, files]) => [operation, [...files].sort()]));
}

function page(tests: Map<string, string[]>): string {
  const groups = Map.groupBy(OPERATIONS, (operation) => operation.split('/')[1] ?? '');
  const shown = OPERATIONS.filter((operation) => tests.has(operation)).length;
  const head = [
    `# Operations of the Docker Engine API v${API_VERSION}, and the tests that ask for them`,
    '',
    `Made by \`scripts/conformance.ts\` from a run of \`scripts/test\` in which every test passed: ${shown} of the ` +
      `${OPERATIONS.length} operations were asked for. Operations without a test are either not built (they answer 501, ` +
      'those of a swarm 503) or not shown yet.',
  ];
  const tables = [...groups].map(([noun, operations]) => table(noun, operations, tests));
  return `${[...head, ...tables].join('\n')}\n`;
}

/** Between two marks: operations on containers and execs, with a few of the tests of each. */
function writeReadme(path: string, tests: Map<string, string[]>): void {
  const shown = OPERATIONS.filter((operation) => / \/(containers|exec)\//.test(operation));
  const rows = shown.map((operation) => {
    const files = tests.get(operation) ?? [];
    const more = files.length > 3 ? ` and ${files.length - 3} more` : '';
    return `| \`${operation}\` | ${files.slice(0, 3).map(link('')).join(', ') || '–'}${more} |`;
  });
  const [before = '', rest = ''] = readFileSync(path, 'utf8').split('<!-- operations -->\n');
  const [, after = ''] = rest.split('<!-- /operations -->\n');
  const part = ['| operation | shown by |', '| --- | --- |', ...rows, ''].join('\n');
  writeFileSync(path, `${before}<!-- operations -->\n${part}<!-- /operations -->\n${after}`);
}

function link(up: string): (file: string) => string {
  return (file) => `[${file.replace(/^test\//, '').replace(/\.test\.ts$/, '')}](${up}${file})`;
}

function table(noun: string, operations: readonly string[], tests: Map<string, string[]>): string {
  const rows = operations.map((operation) => {
    const files = (tests.get(operation) ?? []).map(link('../'));
    return `| \`${operation}\` | ${files.join(', ') || '–'} |`;
  });
  return ['', `## ${noun}`, '', '| operation | tests |', '| --- | --- |', ...rows].join('\n');
}
