/**
 * `--user NAME|UID[:GROUP|GID]` and `--group-add`, looked up in the container's own /etc/passwd and /etc/group:
 * passwd(5), group(5). The files are opened beneath the root filesystem, whatever links the image put there.
 */
import { invalidArgument } from '../../../core/errors.ts';

import type { OciProcess } from '../../../runtime/oci.ts';
import { readRootfsFile } from '../rootfs-file.ts';

/** Larger user databases are refused: no image has them, and memory is not the image's to spend. */
const LARGEST_FILE = 4 * 1024 * 1024;
const LARGEST_ID = 0x7fffffff;

interface Passwd {
  name: string;
  uid: number;
  gid: number;
}

interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** Throws `invalid-argument` for a name that is not there, in runc's words. */
export function findUser(rootfs: string, user: string, groupAdd: string[]): OciProcess['user'] {
  const [userPart = '', groupPart = ''] = user.split(':', 2);
  const groups = readGroups(rootfs);
  const entry = findPasswd(readPasswd(rootfs), userPart);
  const uid = entry?.uid ?? numeric(userPart);
  if (uid === undefined)
    throw invalidArgument(`unable to find user ${userPart}: no matching entries in passwd file`);
  const gid = groupPart === '' ? (entry?.gid ?? 0) : findGroup(groups, groupPart, 'unable');
  const memberOf = groupPart === '' && entry ? groupsOf(groups, entry.name) : [];
  const added = groupAdd.map((group) => findGroup(groups, group, 'Unable'));
  return { uid, gid, additionalGids: [...new Set([gid, ...memberOf, ...added])] };
}

function findPasswd(entries: Passwd[], user: string): Passwd | undefined {
  const wanted = user === '' ? '0' : user;
  return entries.find(({ name }) => name === wanted) ?? entries.find(({ uid }) => String(uid) === wanted);
}

/** runc's own words, which begin in two ways. */
function findGroup(groups: Group[], wanted: string, unable: 'unable' | 'Unable'): number {
  const gid = groups.find(({ name }) => name === wanted)?.gid ?? numeric(wanted);
  if (gid === undefined)
    throw invalidArgument(`${unable} to find group ${wanted}: no matching entries in group file`);
  return gid;
}

const groupsOf = (groups: Group[], user: string) =>
  groups.filter(({ members }) => members.includes(user)).map(({ gid }) => gid);

/** '' is root; ids are what fits the kernel's signed 32 bits, as in runc. Undefined: not a number at all. */
function numeric(text: string): number | undefined {
  if (text === '') return 0;
  if (!/^[+-]?\d{1,18}$/.test(text)) return undefined;
  const id = Number(text);
  if (id < 0 || id > LARGEST_ID) throw invalidArgument(`uids and gids must be in range 0-${LARGEST_ID}`);
  return id;
}

function readPasswd(rootfs: string): Passwd[] {
  return fields(rootfs, 'etc/passwd').flatMap(([name = '', , uid, gid]) =>
    isNumber(uid) && isNumber(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [],
  );
}

function readGroups(rootfs: string): Group[] {
  return fields(rootfs, 'etc/group').flatMap(([name = '', , gid, members = '']) =>
    isNumber(gid) ? [{ name, gid: Number(gid), members: members.split(',') }] : [],
  );
}

function fields(rootfs: string, path: string): string[][] {
  const text = readRootfsFile(rootfs, path, LARGEST_FILE) ?? '';
  return text.split('\n').map((line) => line.trim().split(':'));
}

const isNumber = (text: string | undefined) => text !== undefined && /^\d{1,10}$/.test(text);
