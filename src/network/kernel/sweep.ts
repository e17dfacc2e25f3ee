/** Collects what a daemon of this instance left behind: namespaces nobody needs, and links whose namespace something still holds. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeNetworkNamespace } from '../../kernel/namespace.ts';
import { deleteLink, listLinks } from '../../kernel/netlink/link.ts';
import type { Kernel } from './kernel.ts';

export function sweep(kernel: Kernel, keep: { paths: string[]; links: string[] }): string[] {
  mkdirSync(kernel.netnsDirectory, { recursive: true, mode: 0o711 });
  const paths = readdirSync(kernel.netnsDirectory)
    .map((name) => join(kernel.netnsDirectory, name))
    .filter((path) => !keep.paths.includes(path));
  for (const path of paths) removeNetworkNamespace(path);
  const links = listLinks(kernel.route)
    .filter(({ name }) => isOurs(kernel.instance, name) && !keep.links.includes(name))
    .filter(({ index }) => removed(kernel, index));
  return [...paths, ...links.map(({ name }) => name)];
}

/** No instance's name holds a dash. The default bridge has none either and is not looked at. */
const isOurs = (instance: string, link: string) => link.startsWith(`${instance}-`);

/** The kernel may have been quicker: the end in a namespace just dropped goes with it. */
function removed(kernel: Kernel, index: number): boolean {
  try {
    deleteLink(kernel.route, index);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENODEV') throw error;
    return false;
  }
}
