/**
 * Prints, sorted, one line for every object that a skiff may have made on this machine: mounts, links, nft tables,
 * control groups, processes, folders. Run before and after the tests; the difference is what was left behind.
 * Only objects that carry a name of ours count, so that other engines beside do not disturb.
 */
import { globSync, readFileSync } from 'node:fs';
import { execa } from 'execa';

const lines = [
  ...mounts(),
  ...paths('link', '/sys/class/net/*'),
  ...paths('cgroup', '/sys/fs/cgroup/{,*/,*/*/}*skiff*'),
  ...paths('folder', '/run/skiff*', '/tmp/skiff*'),
  ...processes(),
  ...(await tables()),
];
process.stdout.write(`${lines.sort().join('\n')}\n`);

function mounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.includes('skiff'))
    .map((point) => `mount ${point}`);
}

function paths(kind: string, ...patterns: string[]): string[] {
  return globSync(patterns).map((path) => `${kind} ${path}`);
}

function processes(): string[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const command = readProcessFile(path).split('\0').join(' ').trim();
    return /^\S*(conmon|runc|skiffd|node|dockerd|podman)\b.*skiff/.test(command) &&
      !command.includes('/test/')
      ? [`process ${path.split('/')[2]} ${command.slice(0, 160)}`]
      : [];
  });
}

/** A process may end between two looks. */
function readProcessFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function tables(): Promise<string[]> {
  const { stdout } = await execa('nft', ['list', 'tables'], { reject: false });
  return stdout.split('\n').filter((line) => line.includes('skiff'));
}
