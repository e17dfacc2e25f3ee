/** Links over a parent that stay on the host: VLANs, and an ipvlan for a moment, to learn whether there are any. */
import { createChild, deleteLink, findLink, raiseLink } from '../../kernel/netlink/link.ts';
import type { Kernel } from './kernel.ts';

export function createVlan(kernel: Kernel, parent: string, name: string, id: number): void {
  const over = findLink(kernel.route, parent)?.index ?? 0;
  createChild(kernel.route, { kind: 'vlan', parent: over, name, mode: id });
  kernel.route.request([raiseLink(findLink(kernel.route, name)?.index ?? 0)]);
}

export function tryIpvlan(kernel: Kernel, parent: string): void {
  const name = `${kernel.instance}-try`;
  createChild(kernel.route, {
    kind: 'ipvlan',
    parent: findLink(kernel.route, parent)?.index ?? 0,
    name,
    mode: 0,
  });
  deleteLink(kernel.route, findLink(kernel.route, name)?.index ?? 0);
}
