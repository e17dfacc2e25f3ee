/**
 * Which operations of the API a test has asked its daemon for: read from the daemon's log, and kept for
 * scripts/conformance, which makes the table of what is served and which tests show it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { OPERATIONS } from '../../src/daemon/plugins/operations.ts';

interface Pattern {
  operation: string;
  method: string;
  path: RegExp;
}

/** A parameter is one segment; an image's name may hold several. */
const patterns: Pattern[] = OPERATIONS.map((operation) => {
  const [method = '', path = ''] = operation.split(' ');
  const source = path.replaceAll(/\{(\w+)\}/g, path.startsWith('/images/') ? '.+' : '[^/]+');
  return { operation, method, path: new RegExp(`^${source}$`) };
});

/** `folder` absent: nobody asked for a report. */
export function recordOperations(log: string, folder = process.env.SKIFF_TEST_OPERATIONS): void {
  if (!folder) return;
  const test = relative(join(import.meta.dirname, '../..'), process.argv[1] ?? '');
  mkdirSync(folder, { recursive: true });
  const name = `${basename(test)}.${process.pid}.${performance.now()}.json`;
  writeFileSync(join(folder, name), JSON.stringify({ test, operations: operationsIn(log) }));
}

export function operationsIn(log: string): string[] {
  const seen = new Set<string>();
  for (const line of log.split('\n')) {
    if (!line.includes('"msg":"request"')) continue;
    const { method, url } = JSON.parse(line) as { method: string; url: string };
    const path = (url.split('?', 1)[0] ?? '').replace(/^\/v\d+\.\d+/, '');
    // Of several that match, the one with the fewest parameters is meant: /images/json is no image.
    const matching = patterns.filter((pattern) => pattern.method === method && pattern.path.test(path));
    const [first] = matching.sort((a, b) => parameters(a) - parameters(b));
    if (first) seen.add(first.operation);
  }
  return [...seen];
}

const parameters = ({ operation }: Pattern) => operation.split('{').length;
