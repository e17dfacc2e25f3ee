/** `--chown=user:group`, looked up in the stage's own /etc/passwd and /etc/group: passwd(5), group(5). */
import { invalidArgument, isKind } from '../../../core/errors.ts';
import { readContextFile } from '../context/dockerfile.ts';
import type { Owner } from '../files/place.ts';

/** A user alone stands for the group of the same name, or its own group. Throws in Docker's words. */
export function findOwner(root: string, chown: string): Owner {
  const [user = '', group, more] = chown.split(':');
  if (more !== undefined) {
    throw invalidArgument(
      `unable to convert uid/gid chown string to host mapping: invalid chown string format: ${chown}`,
    );
  }
  const users = entries(root, 'etc/passwd').map(([name, , uid, gid]) => ({ name, id: uid, gid }));
  const groups = entries(root, 'etc/group').map(([name, , gid]) => ({ name, id: gid }));
  const uid = idOf(users, user);
  if (uid === undefined) throw unknown('user', 'uid', user);
  const own = users.find(({ name }) => name === user)?.gid;
  const gid = idOf(groups, group ?? user) ?? (group === undefined ? idOf([], own ?? '') : undefined);
  if (gid === undefined) throw unknown('group', 'gid', group ?? user);
  return { uid, gid };
}

/** Of what USER is to work in: root's, where nobody is known by that name, as with BuildKit. */
export function ownerForUser(root: string, user = ''): Owner {
  try {
    return user === '' ? ROOT : findOwner(root, user);
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return ROOT;
    throw error;
  }
}

export const ROOT: Owner = { uid: 0, gid: 0 };

function idOf(known: { name?: string; id?: string }[], wanted: string): number | undefined {
  const text = /^\d+$/.test(wanted) ? wanted : known.find(({ name }) => name === wanted)?.id;
  const id = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= 0xffff_fffe ? id : undefined;
}

function entries(root: string, path: string): string[][] {
  const text = readContextFile(root, path) ?? '';
  return text.split('\n').map((line) => line.trim().split(':'));
}

const unknown = (what: string, id: string, name: string) =>
  invalidArgument(
    `unable to convert uid/gid chown string to host mapping: can't find ${id} for ${what} ${name}: no such ${what}: ${name}`,
  );
