/**
 * Copies what `findSources` found into a stage's root filesystem. Both trees may hold links that somebody set as a
 * trap: directories are opened inside their own root, and the last component of a name is never followed.
 */
import { cstring, O, openAt } from '../../../kernel/path.ts';
import { changeMode, type ModeChange } from './chmod.ts';
import { type Destination, openDestination } from './destination.ts';
import { type Check, type Entry, namesIn, using, withDirectory, withEntry, withTarget } from './entry.ts';
import { unpackArchive } from './extract.ts';
import type { Found } from './find.ts';
import { skipper } from './find.ts';
import { type Owner, type Placement, placeDirectory, placeEntry } from './place.ts';

export interface CopySource {
  /** Directory on the host. */
  root: string;
  found: Found;
  /** The name it gets if the destination is a directory, in bytes; default its own. */
  name?: string;
  /** An archive is unpacked into the destination instead of being copied. */
  unpack: boolean;
}

export interface CopyRequest {
  sources: CopySource[];
  destination: Destination;
  /** Undefined: each keeps its own. */
  owner?: Owner;
  /** Of what an archive brings; undefined: as it says. */
  archiveOwner?: Owner;
  /** Owner of directories that are missing on the way. */
  parentOwner: Owner;
  /** As in `--chmod`. */
  chmod?: string;
  exclude: string[];
  /** Rebuild the source's directories below the destination. */
  parents: boolean;
}

/** Throws `invalid-argument` for what cannot be put where it should go. */
export async function copySources(request: CopyRequest, check: Check): Promise<void> {
  const mode = request.chmod === undefined ? undefined : changeMode(request.chmod);
  for (const source of request.sources) await copySource(request, source, { mode, check });
}

async function copySource(
  request: CopyRequest,
  source: CopySource,
  { mode, check }: { mode?: ModeChange; check: Check },
): Promise<void> {
  const { destination, owner, archiveOwner, parentOwner } = request;
  const unpacking = { parents: parentOwner, owner: archiveOwner, check };
  const { found } = source;
  const name = source.name ?? found.name;
  if (source.unpack && !found.directory && (await unpackArchive(source, destination, unpacking))) return;
  const target = openDestination(destination, {
    name,
    isDirectory: found.directory,
    below: request.parents ? parentsOf(found) : '',
    owner: parentOwner,
  });
  const skips = skipper(request.exclude);
  const placement = { target: target.fd, owner, mode, skips, links: new Map(), check };
  try {
    withDirectory(source.root, (root) =>
      withTarget(root, found.path, (entry) => {
        if (entry.kind === 'directory') return copyContent(entry, target.fd, '', placement);
        const to = { dir: target.fd, name: target.name, path: target.name };
        placeEntry(entry, { dir: root, name: found.path }, to, placement);
      }),
    );
  } finally {
    target.close();
  }
}

/** What is in a directory goes into one that exists, whose own owner, mode and times stay. */
function copyContent(from: Entry, to: number, below: string, placement: Placement): void {
  for (const name of namesIn(from.fd)) {
    const path = below === '' ? name : `${below}/${name}`;
    withEntry(from.fd, name, (entry) => {
      if (entry.kind === 'directory') copyDirectory(entry, to, name, path, placement);
      else if (!placement.skips(path)) {
        placeEntry(entry, { dir: from.fd, name }, { dir: to, name, path }, placement);
      }
    });
  }
}

/** A directory that is left out is made all the same once something below it is taken back in. */
function copyDirectory(entry: Entry, to: number, name: string, path: string, placement: Placement): void {
  if (placement.skips(path) && !holdsMore(entry, path, placement)) return;
  const describe = placeDirectory(entry, { dir: to, name }, placement);
  using(openAt(to, cstring(name), O.PATH | O.DIRECTORY | O.NOFOLLOW), (fd) =>
    copyContent(entry, fd, path, placement),
  );
  // Last: what is made in a directory changes its times.
  describe();
}

function holdsMore(directory: Entry, path: string, placement: Placement): boolean {
  return namesIn(directory.fd).some((name) =>
    withEntry(directory.fd, name, (entry) => {
      const inside = `${path}/${name}`;
      if (entry.kind === 'directory') return !placement.skips(inside) || holdsMore(entry, inside, placement);
      return !placement.skips(inside);
    }),
  );
}

/** `a/./b/c` rebuilds `b` only: what is before the pivot is not repeated. */
function parentsOf({ written, directory }: Found): string {
  const path = written.includes('/./') ? written.slice(written.indexOf('/./') + 3) : written;
  if (directory) return path;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
