/** Where something is mounted in a container; and dockerd's words for mounts that make no sense. */
import { posix } from 'node:path';
import { invalidArgument } from '../../../core/errors.ts';

/** mount_namespaces(7). */
export const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

export const mountFault = (type: string, words: string, cause?: unknown) =>
  invalidArgument(`invalid mount config for type "${type}": ${words}`, cause);

/** An absolute path other than the root, cleaned. */
export function parseTarget(type: string, target: string): string {
  if (target === '') throw mountFault(type, 'field Target must not be empty');
  const fault = targetFault(target);
  if (fault !== undefined) throw mountFault(type, fault);
  return cleanTarget(target);
}

export function targetFault(target: string): string | undefined {
  if (!target.startsWith('/')) return `invalid mount path: '${target}' mount path must be absolute`;
  return cleanTarget(target) === '/' ? "invalid specification: destination can't be '/'" : undefined;
}

export const cleanTarget = (target: string) =>
  posix
    .normalize(target)
    .replace(/(.)\/$/, '$1')
    .replace(/^\/\//, '/');
