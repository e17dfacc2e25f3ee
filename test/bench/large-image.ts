/** An image of the size that people pull: 320 MB in 24,000 files, made once for a run, as a docker-archive with a gzipped layer. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import type { Arena } from './line.ts';

export interface LargeImage {
  /** docker-archive, name `large:latest`. */
  tarball: string;
  /** Its layer, gzipped. */
  layer: string;
}

const FILES_PER_FOLDER = 60;

export async function makeLargeImage({
  work,
  quick,
  progress,
}: Pick<Arena, 'work' | 'quick' | 'progress'>): Promise<LargeImage> {
  const image = { tarball: `${work}/large.tar`, layer: `${work}/large-layer.tar.gz` };
  if (existsSync(image.tarball)) return image;
  progress('making the large image');
  const diffId = await writeLayer(image.layer, quick ? 2400 : 24_000);
  await writeArchive(image, diffId);
  return image;
}

/** Answers the digest of the layer before compression. */
async function writeLayer(path: string, files: number): Promise<string> {
  const layer = pack();
  const hash = createHash('sha256');
  const tee = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const written = pipeline(
    layer as unknown as Readable,
    tee,
    createGzip({ level: 1 }),
    createWriteStream(path),
  );
  // Half of each file compresses, as in real trees.
  const noise = randomBytes(1 << 16);
  for (let index = 0; index < files; index++) await addFile(layer, index, noise);
  layer.finalize();
  await written;
  return `sha256:${hash.digest('hex')}`;
}

/** Sizes between 1 and 26 KB, 13.3 KB on average: 24,000 of them are 320 MB. */
async function addFile(layer: Pack, index: number, noise: Buffer): Promise<void> {
  const size = 1024 + ((index * 7919) % 25_000);
  const data = Buffer.alloc(size, `line ${index} of a file that holds text\n`);
  noise.copy(data, 0, index % 1000, (index % 1000) + (size >> 1));
  const folder = `opt/tree/${Math.floor(index / FILES_PER_FOLDER)}`;
  await new Promise<void>((resolve, reject) => {
    layer.entry({ name: `${folder}/file${index}`, mode: 0o644, size }, data, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

async function writeArchive({ tarball, layer }: LargeImage, diffId: string): Promise<void> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/opt'] },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    }),
  );
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [{ Config: name, RepoTags: ['large:latest'], Layers: ['layer.tar'] }];
  const archive = pack();
  const written = pipeline(archive as unknown as Readable, createWriteStream(tarball));
  archive.entry({ name }, config);
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  const entry = archive.entry({ name: 'layer.tar', size: statSync(layer).size });
  await pipeline(createReadStream(layer), entry as unknown as NodeJS.WritableStream);
  archive.finalize();
  await written;
}
