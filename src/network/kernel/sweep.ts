/** Collects what a daemon of this instance left behind: namespaces nobody needs, and their links. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeNetworkNamespace } from '../../kernel/namespace.ts';
import { listLinks } from '../../kernel/netlink/link.ts';
import type { Kernel } from './kernel.ts';

/** The kernel removes the links with their namespaces, in the background; to delete one here would take 20 ms each. */
export function sweep(
  kernel: Kernel,
  keep: { paths: string[]; links: string[] },
): { paths: string[]; links: string[] } {
  mkdirSync(kernel.netnsDirectory, { recursive: true, mode: 0o711 });
  const paths = readdirSync(kernel.netnsDirectory)
    .map((name) => join(kernel.netnsDirectory, name))
    .filter((path) => !keep.paths.includes(path));
  for (const path of paths) removeNetworkNamespace(path);
  const links = listLinks(kernel.route)
    .map(({ name }) => name)
    .filter((name) => isOurs(kernel.instance, name) && !keep.links.includes(name));
  return { paths, links };
}

/** No instance's name holds a dash. The default bridge's has none either: it is never swept. */
const isOurs = (instance: string, link: string) => link.startsWith(`${instance}-`);
