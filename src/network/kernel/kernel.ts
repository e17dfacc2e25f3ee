/** The calls put together: one route socket and one netfilter socket to the host's network. */
import { closeSync, openSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { closeSocket } from '../../kernel/inet-socket.ts';
import { flock, LOCK } from '../../kernel/lock.ts';
import { openHostNamespace } from '../../kernel/namespace.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { addMappings, firewallStatus, removeMappings, removeTable, replaceTable } from '../firewall/apply.ts';
import { canFilterBridges } from '../firewall/bridge-rules.ts';
import { hostPolicy } from '../firewall/host-policy.ts';
import { reserve } from '../ports/reserve.ts';
import { attach, detach, putBack, setDefaultRoutes } from './attach.ts';
import { enableForwarding, ensureBridge, linkExists, removeLink, usedSubnets } from './bridge.ts';
import type { KernelCalls, WorkerOptions } from './calls.ts';
import { createVlan, tryIpvlan } from './child-links.ts';
import { dropNamespaces, makeNamespace, openResolver } from './namespaces.ts';
import { sweep } from './sweep.ts';

export interface Kernel {
  instance: string;
  netnsDirectory: string;
  route: NetlinkSocket;
  netfilter: NetlinkSocket;
  /** Descriptor of the host's network namespace. */
  home: number;
}

export interface OpenKernel {
  calls: KernelCalls;
  close(): void;
}

const SUBNET_LOCK = '/run';

export function openKernel(options: WorkerOptions): OpenKernel {
  const kernel: Kernel = {
    ...options,
    route: new NetlinkSocket(NETLINK_ROUTE),
    netfilter: new NetlinkSocket(NETLINK_NETFILTER),
    home: openHostNamespace(),
  };
  return {
    calls: callsOf(kernel),
    close: () => {
      kernel.route.close();
      kernel.netfilter.close();
      closeSync(kernel.home);
    },
  };
}

function callsOf(kernel: Kernel): KernelCalls {
  return {
    tryLockSubnets: () => lockSubnets(LOCK.NONBLOCKING),
    lockSubnets: () => lockSubnets(0),
    unlockSubnets: (lock) => closeSync(lock),
    ensureBridge: (spec) => ensureBridge(kernel, spec),
    createVlan: (parent, name, id) => createVlan(kernel, parent, name, id),
    tryIpvlan: (parent) => tryIpvlan(kernel, parent),
    removeLink: (name) => removeLink(kernel, name),
    linkExists: (name) => linkExists(kernel, name),
    usedSubnets: (except) => usedSubnets(kernel, except),
    enableForwarding,
    makeNamespace: (spec) => makeNamespace(kernel, spec),
    openResolver: (path, ports) => openResolver(kernel, path, ports),
    attach: (path, link) => attach(kernel, path, link),
    detach: (path, device) => detach(kernel, path, device),
    putBack: (links) => putBack(kernel, links),
    setDefaultRoutes: (path, routes) => setDefaultRoutes(kernel, path, routes),
    dropNamespaces,
    sweep: (keep) => sweep(kernel, keep),
    reserve,
    closeSockets: (fds) => {
      for (const fd of fds) closeSocket(fd);
    },
    hostPolicy: () => hostPolicy(kernel),
    firewallStatus: () => firewallStatus(kernel),
    canFilterBridges: () => canFilterBridges(kernel),
    replaceTable: (state) => replaceTable(kernel, state),
    addMappings: (mappings) => addMappings(kernel, mappings),
    removeMappings: (mappings) => removeMappings(kernel, mappings),
    removeTable: () => removeTable(kernel),
  };
}

/** The descriptor that holds it, in whatever thread. */
function lockSubnets(how: number): number {
  const fd = openSync(SUBNET_LOCK, 'r');
  try {
    flock(fd, LOCK.EXCLUSIVE | how, SUBNET_LOCK);
    return fd;
  } catch (error) {
    closeSync(fd);
    if (errnoOf(error) === 'EAGAIN') return -1;
    throw error;
  }
}
