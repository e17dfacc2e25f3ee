/** Group names of this host: /etc/group, group(5). */
import { readFileSync } from 'node:fs';
import { invalidArgument } from '../../core/errors.ts';

/** A number stands for itself. */
export function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group) return Number(id);
  }
  throw invalidArgument(`group ${group} not found`);
}
