/** Paths of `docker cp` and Go's file modes, as dockerd 20.10 answers them. */
import t from 'tap';
import { parseContainerPath } from '../../../../src/daemon/container/files/path.ts';
import { goMode } from '../../../../src/daemon/container/files/stat.ts';

const PATHS: [given: string, path: string, name: string, follows: boolean][] = [
  ['/data', '/data', 'data', false],
  ['data', '/data', 'data', false],
  ['/data/', '/data/', 'data', true],
  ['/data//', '/data/', 'data', true],
  ['/data/.', '/data/.', '.', true],
  ['/data/./', '/data/.', '.', true],
  ['/data/../etc/passwd', '/etc/passwd', 'passwd', false],
  ['/../..', '/', '/', true],
  ['/', '/', '/', true],
  ['.', '/.', '.', true],
  ['/.hidden', '/.hidden', '.hidden', false],
  ['/a./b', '/a./b', 'b', false],
];

t.test('a path keeps what says "the directory itself"', async (t) => {
  for (const [given, path, name, follows] of PATHS) {
    t.strictSame(parseContainerPath(given), { path, name, follows }, given);
  }
});

const MODES: [kind: Parameters<typeof goMode>[0], mode: number, go: number][] = [
  ['directory', 0o40755, 2147484141],
  ['directory', 0o41777, 2148532735],
  ['file', 0o104755, 8389101],
  ['symlink', 0o120777, 134218239],
  ['fifo', 0o10644, 33554852],
  ['character', 0o20644, 69206436],
  ['block', 0o60660, 67109296],
  ['file', 0o102755, 4194797],
];

t.test('modes are those of Go', async (t) => {
  for (const [kind, mode, go] of MODES) t.equal(goMode(kind, mode), go, `${kind} ${mode.toString(8)}`);
});
