/**
 * Prints, sorted, one line for every object that a skiff may have made on this machine: mounts, links, nft tables,
 * control groups, processes, folders. Run before and after the tests; the difference is what was left behind.
 * Only objects that carry a name of ours count, so that other engines beside do not disturb.
 */
import { globSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { processes } from './processes.ts';

const lines = [
  ...mounts(),
  ...paths('link', '/sys/class/net/*').filter(isOurs),
  ...paths('cgroup', '/sys/fs/cgroup/{,*/}*').filter(isOurs),
  ...paths('folder', '/run/skiff*', '/tmp/skiff*'),
  ...ourProcesses(),
  ...(await tables()),
];
process.stdout.write(`${lines.sort().join('\n')}\n`);

/** `skiff` somewhere in it, or the instance name of a daemon under test (skiffd.ts). */
function isOurs(line: string): boolean {
  return /skiff|\/t[0-9a-f]{6}[^/]*$/.test(line);
}

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

function ourProcesses(): string[] {
  return processes().flatMap(({ pid, command }) => {
    const line = command.join(' ');
    const ours =
      /^\S*(conmon|runc|skiffd|node|dockerd|podman)\b.*skiff/.test(line) && !line.includes('/test/');
    return ours ? [`process ${pid} ${line.slice(0, 160)}`] : [];
  });
}

async function tables(): Promise<string[]> {
  const { stdout } = await execa('nft', ['list', 'tables'], { reject: false });
  return stdout.split('\n').filter((line) => line.includes('skiff'));
}
