/** What a daemon under test has made in the kernel that carries its instance's name (src/kernel objects outlive processes). */
import { globSync } from 'node:fs';
import { execa } from 'execa';

/** Links, control groups and nft tables of the instance that are there now. */
export async function tracesOf(instance: string): Promise<string[]> {
  const { stdout } = await execa('nft', ['list', 'tables'], { reject: false });
  return [
    ...globSync([`/sys/class/net/${instance}*`, `/sys/fs/cgroup/{,*/}${instance}*`]),
    ...stdout.split('\n').filter((table) => table.includes(instance)),
  ];
}
