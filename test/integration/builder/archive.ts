/** Reads a docker-archive: the image's config, and each layer's entries. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

export interface ImageDocument {
  architecture: string;
  created?: string;
  author?: string;
  config?: Record<string, unknown>;
  history?: {
    created_by?: string;
    empty_layer?: boolean;
    author?: string;
    created?: string;
    comment?: string;
  }[];
  rootfs: { diff_ids: string[] };
}

export interface SavedImage {
  document: ImageDocument;
  /** Bottom first: path → what is there. */
  layers: Map<string, string>[];
}

export async function readImage(archive: Readable): Promise<SavedImage> {
  const files = await readFiles(archive);
  const [manifest] = JSON.parse(String(files.get('manifest.json'))) as { Config: string; Layers: string[] }[];
  if (!manifest) throw new Error('an archive without an image');
  const document = JSON.parse(String(files.get(manifest.Config))) as ImageDocument;
  const layers: Map<string, string>[] = [];
  for (const path of manifest.Layers) layers.push(await readLayer(files.get(path) ?? Buffer.alloc(0)));
  return { document, layers };
}

/** What the layers show together: later ones win, and what they took away is `gone`. */
export function overlaid(layers: readonly Map<string, string>[]): Record<string, string> {
  const merged = new Map<string, string>();
  for (const layer of layers) {
    for (const path of layer.keys()) hide(merged, path);
    for (const [path, what] of layer) {
      if (isWhiteout(path)) continue;
      merged.set(path, what);
      merged.delete(path.endsWith('/') ? path.slice(0, -1) : `${path}/`);
    }
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isWhiteout = (path: string) => /(?:^|\/)\.wh\./.test(path);

/** OCI image spec, "Whiteouts". */
function hide(merged: Map<string, string>, path: string): void {
  const [, directory, name] = /^(.*\/)?\.wh\.([^/]+)$/.exec(path) ?? [];
  if (name === undefined) return;
  const hidden = name === '.wh..opq' ? (directory ?? '') : `${directory ?? ''}${name}`;
  for (const known of [...merged.keys()]) {
    if (
      known === hidden ||
      known === `${hidden}/` ||
      known.startsWith(hidden.endsWith('/') ? hidden : `${hidden}/`)
    )
      merged.delete(known);
  }
  if (name !== '.wh..opq') merged.set(hidden, 'gone');
}

async function readFiles(archive: Readable): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const links = new Map<string, string>();
  for await (const entry of archive.pipe(extract())) {
    const { name, type, linkname } = entry.header;
    if (type === 'symlink' && linkname)
      links.set(name, new URL(linkname, `file:///${name}`).pathname.slice(1));
    files.set(name, await buffer(entry));
  }
  for (const [name, target] of links) files.set(name, files.get(target) ?? Buffer.alloc(0));
  return files;
}

/** `f 644 0:0 content`, `d 755 0:0`, `l -> target`, `h -> target`; long content by its hash. */
async function readLayer(data: Buffer): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  const reader = extract();
  reader.end(data);
  for await (const entry of reader) {
    const { name, type, mode = 0, uid, gid, linkname } = entry.header;
    const content = await buffer(entry);
    const path = name.replace(/^\.?\//, '').replace(/\/$/, '');
    if (path === '' || path === '.') continue;
    const facts = `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
    if (type === 'directory') entries.set(`${path}/`, `d ${facts}`);
    else if (type === 'symlink') entries.set(path, `l ${uid}:${gid} -> ${linkname}`);
    else if (type === 'link') entries.set(path, `h -> ${linkname?.replace(/^\.?\//, '')}`);
    else if (type === 'file') entries.set(path, `f ${facts} ${shown(content)}`);
    else entries.set(path, `${type} ${facts}`);
  }
  return entries;
}

function shown(content: Buffer): string {
  if (content.length <= 80) return content.toString();
  return `sha256:${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
}
