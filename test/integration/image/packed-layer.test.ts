/** A docker-archive may hold its layers packed under the name `layer.tar`; pushed as they are, they must say so. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pino } from 'pino';
import t from 'tap';
import { type Pack, pack } from 'tar-stream';
import { openImages } from '../../../src/image/images.ts';
import { requires } from '../../harness/requires.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';

t.test('layers keep the packing they came in', { skip: requires('root') }, async (t) => {
  const images = await openImages({ root: t.testdir(), logger: pino({ level: 'silent' }) });
  t.teardown(() => images.close());
  const layer = await tar((archive) => archive.entry({ name: 'file' }, 'content'));
  for (const [packing, blob] of [
    ['', layer],
    ['+gzip', gzipSync(layer)],
    ['+zstd', zstdCompressSync(layer)],
  ] as const) {
    const archive = await dockerArchive(layer, blob);
    const [loaded] = await images.load(Readable.from([archive]), { progress: () => {} });
    t.match(
      loaded?.image.layers,
      [{ mediaType: `${LAYER}${packing}`, size: blob.length }],
      packing || 'plain',
    );
    const imported = await images.import(Readable.from([blob]), { names: [] });
    t.match(imported.layers, loaded?.image.layers, 'imported');
  }
  for (const program of ['bzip2', 'xz']) {
    const blob = execFileSync(program, ['-c'], { input: layer });
    const plain = [{ mediaType: LAYER, size: layer.length }];
    const [loaded] = await images.load(Readable.from([await dockerArchive(layer, blob)]), {
      progress: () => {},
    });
    t.match(loaded?.image.layers, plain, `${program}: no registry takes it, so it is stored plain`);
    t.match((await images.import(Readable.from([blob]), { names: [] })).layers, plain);
    const cut = images.import(Readable.from([blob.subarray(0, -9)]), { names: [] });
    await t.rejects(cut, { message: `${program} could not inflate the archive`, kind: 'invalid-argument' });
  }
});

function dockerArchive(layer: Buffer, blob: Buffer): Promise<Buffer> {
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  // The size makes each another image.
  const config = {
    architecture: 'amd64',
    os: 'linux',
    author: String(blob.length),
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
  return tar((archive) => {
    archive.entry({ name: 'config.json' }, JSON.stringify(config));
    archive.entry({ name: 'layer.tar' }, blob);
    archive.entry(
      { name: 'manifest.json' },
      JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: ['layer.tar'] }]),
    );
  });
}

function tar(fill: (archive: Pack) => void): Promise<Buffer> {
  const archive = pack();
  fill(archive);
  archive.finalize();
  return buffer(archive as unknown as Readable);
}
