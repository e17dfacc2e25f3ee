/** Registries that mean harm, or are broken: each pull ends soon, says why, and leaves nothing behind. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import { openImages } from '../../../src/image/images.ts';
import { requires } from '../../harness/requires.ts';
import { type FakeRegistry, fakeRegistry, type Handler, send } from './fake-registry.ts';
import { tar } from './tar-bytes.ts';

// A busy machine takes its time; what hangs is found all the same.
t.setTimeout(300_000);

const skip = requires('root');
const OCI = 'application/vnd.oci.image';
const MIB = 1024 ** 2;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** An image of one layer under the tag `latest` of `a`. */
function offer(registry: FakeRegistry, blob?: Buffer) {
  const plain = tar({ name: 'file', data: randomBytes(3000) });
  const layer = registry.put('a', 'blobs', blob ?? gzipSync(plain), `${OCI}.layer.v1.tar+gzip`);
  const document = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [sha256(plain)] },
  };
  const config = registry.put('a', 'blobs', json(document), `${OCI}.config.v1+json`);
  const manifest = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [layer] };
  const put = registry.put('a', 'manifests', json(manifest), manifest.mediaType, 'latest');
  return { layer, config, manifest, put, layerPath: `/a/blobs/${layer.digest}` };
}

type Offered = ReturnType<typeof offer>;

const index = (manifests: unknown[]) =>
  json({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests });
const answer = (registry: FakeRegistry, path: string, handler: Handler) => registry.pages.set(path, handler);
/** Bytes without end, as fast as they are taken. */
const endless: Handler = (_request, response) => {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, ' ')));
  };
  response.on('drain', more).on('error', () => {});
  more();
};
const redirect =
  (to: string): Handler =>
  (_request, response) =>
    void response.writeHead(302, { location: to }).end();

interface Row {
  name: string;
  spoil: (registry: FakeRegistry, offered: Offered) => void;
  refused: RegExp;
  allTags?: boolean;
}

const latest = '/a/manifests/latest';

const ROWS: Row[] = [
  {
    name: 'a manifest without end',
    spoil: (r) => answer(r, latest, endless),
    refused: /larger than 4194304 bytes/,
  },
  {
    name: 'an error without end',
    spoil: (r) =>
      answer(r, latest, (request, response) => {
        response.writeHead(404);
        endless(request, response);
      }),
    refused: /error parsing HTTP 404 response body/,
  },
  {
    name: 'a layer without end',
    spoil: (r, o) => answer(r, o.layerPath, endless),
    refused: /sent more than the \d+ bytes/,
  },
  {
    name: 'a config without end',
    spoil: (r, o) => answer(r, `/a/blobs/${o.config.digest}`, endless),
    refused: /sent more than/,
  },
  {
    name: 'a redirect in a circle',
    spoil: (r, o) => answer(r, o.layerPath, redirect(`/v2${o.layerPath}`)),
    refused: /Redirect loop detected|unexpected HTTP status: 302/,
  },
  {
    name: 'a redirect to a file',
    spoil: (r, o) => answer(r, o.layerPath, redirect('file:///etc/passwd')),
    refused: /./,
  },
  {
    name: 'a redirect to nonsense',
    spoil: (r, o) => answer(r, o.layerPath, redirect('http://')),
    refused: /./,
  },
  {
    name: 'a manifest that says it is packed',
    spoil: (r) =>
      answer(r, latest, (_request, response) => {
        response.writeHead(200, { 'content-type': `${OCI}.manifest.v1+json`, 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(64 * MIB, ' ')));
      }),
    refused: /invalid manifest: not JSON/,
  },
  {
    name: 'another range than was asked for',
    spoil: (r, o) => {
      let first = true;
      answer(r, o.layerPath, (_request, response) => {
        if (first) response.writeHead(200, { 'content-length': o.layer.size }).write(Buffer.alloc(1000));
        else response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('12345');
        if (first) setTimeout(() => response.socket?.destroy(), 50);
        first = false;
      });
    },
    refused: /another range than was asked for/,
  },
  {
    name: 'indexes nested deeply',
    spoil: (r, o) => {
      let inner = { ...o.put, platform: { os: 'linux', architecture: 'amd64' } };
      for (let depth = 0; depth < 20; depth++) {
        inner = {
          ...r.put('a', 'manifests', index([inner]), `${OCI}.index.v1+json`, 'latest'),
          platform: inner.platform,
        };
      }
    },
    refused: /nested too deeply/,
  },
  {
    name: 'an index of another shape',
    spoil: (r) =>
      r.put('a', 'manifests', index([{ digest: '../../etc', size: -1 }]), `${OCI}.index.v1+json`, 'latest'),
    refused: /invalid manifest: manifests/,
  },
  {
    name: 'a digest of another kind',
    spoil: (r, o) =>
      r.put(
        'a',
        'manifests',
        json({ ...o.manifest, layers: [{ ...o.layer, digest: `md5:${'0'.repeat(32)}` }] }),
        o.put.mediaType,
        'latest',
      ),
    refused: /invalid manifest: layers/,
  },
  {
    name: 'more layers than a mount holds',
    spoil: (r, o) =>
      r.put(
        'a',
        'manifests',
        json({ ...o.manifest, layers: Array(600).fill(o.layer) }),
        o.put.mediaType,
        'latest',
      ),
    refused: /invalid manifest: layers/,
  },
  {
    name: 'JSON a million levels deep',
    spoil: (r, o) => r.put('a', 'manifests', Buffer.from('['.repeat(MIB)), o.put.mediaType, 'latest'),
    refused: /invalid manifest: not JSON/,
  },
  {
    name: 'a config of another shape',
    spoil: (r, o) => {
      const config = r.put(
        'a',
        'blobs',
        json({ config: { Env: 5 }, rootfs: { diff_ids: [o.layer.digest] } }),
        o.config.mediaType,
      );
      r.put('a', 'manifests', json({ ...o.manifest, config }), o.put.mediaType, 'latest');
    },
    refused: /invalid image config: \/config\/Env must be array/,
  },
  {
    name: 'tags that lead elsewhere',
    allTags: true,
    spoil: (r) =>
      r.pages.set('/a/tags/list', {
        data: json({ tags: ['../../b/manifests/x'] }),
        type: 'application/json',
      }),
    refused: /no list of tags/,
  },
  {
    name: 'a list of tags without end',
    allTags: true,
    spoil: (r) =>
      answer(r, '/a/tags/list', (_request, response) => {
        response.setHeader('link', '</v2/a/tags/list>; rel="next"');
        response.end('{"tags":[]}');
      }),
    refused: /the list of tags has no end/,
  },
  {
    name: 'a token server that is a file',
    spoil: (r) =>
      answer(
        r,
        latest,
        (_request, response) =>
          void response.writeHead(401, { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }).end(),
      ),
    refused: /no token server that can be trusted/,
  },
  {
    name: 'a token without end',
    spoil: (r) => {
      answer(r, '/token', endless);
      answer(
        r,
        latest,
        (_request, response) =>
          void response
            .writeHead(401, { 'www-authenticate': `Bearer realm="http://${r.host}/v2/token"` })
            .end(),
      );
    },
    refused: /larger than 1048576 bytes/,
  },
  {
    name: 'the same challenge again and again',
    spoil: (r) => {
      r.pages.set('/token', { data: json({ token: 'x' }), type: 'application/json' });
      answer(
        r,
        latest,
        (_request, response) =>
          void response
            .writeHead(401, { 'www-authenticate': `Bearer realm="http://${r.host}/v2/token"` })
            .end(),
      );
    },
    refused: /unauthorized/,
  },
  {
    name: 'headers without end',
    spoil: (r) =>
      answer(
        r,
        latest,
        (_request, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(MIB)}\r\n\r\n`),
      ),
    refused: /./,
  },
  {
    name: 'no HTTP at all',
    spoil: (r) =>
      answer(r, latest, (_request, response) => void response.socket?.end('220 mail.test ESMTP\r\n')),
    refused: /./,
  },
];

async function site(t: Test) {
  const root = t.testdir({});
  const registry = await fakeRegistry();
  const images = await openImages({ root, logger: pino({ level: 'silent' }) });
  t.teardown(async () => {
    await images.close();
    await registry.close();
  });
  const pull = (allTags = false) => images.pull(`${registry.host}/a`, { progress: () => {}, allTags });
  return { root, registry, images, pull };
}

t.test('refused', { skip }, async (t) => {
  const { root, registry, images, pull } = await site(t);
  const left = () => ['image/ingest', 'image/blobs/sha256'].flatMap((path) => readdirSync(join(root, path)));
  for (const { name, spoil, refused, allTags } of ROWS) {
    registry.pages.clear();
    const offered = offer(registry);
    spoil(registry, offered);
    await t.rejects(pull(allTags), { name: /Error$/, message: refused }, name);
    t.same(images.list(), [], `${name}: no image`);
    await images.collectGarbage(() => false);
    // Parts of a layer that may yet come are kept; they expire.
    t.same(
      left().filter((file) => !file.endsWith('.part')),
      [],
      `${name}: nothing stays`,
    );
    t.notOk(existsSync(join(root, 'layers', 'l', '1')), `${name}: no layer`);
  }
  registry.pages.clear();
  offer(registry);
  t.equal((await pull()).length, 1, 'and then an honest one works');
});

t.test('odd, but honest', { skip }, async (t) => {
  const { registry, pull } = await site(t);
  await t.test('an index of a thousand', async (t) => {
    const { put, config } = offer(registry);
    const others = Array.from({ length: 1000 }, (_, i) => ({
      ...put,
      digest: sha256(String(i)),
      platform: { os: 'linux', architecture: `arch${i}` },
    }));
    const mine = {
      ...put,
      platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
    };
    registry.put('a', 'manifests', index([...others, mine]), `${OCI}.index.v1+json`, 'latest');
    t.equal((await pull())[0]?.id, config.digest);
  });
  await t.test('one layer three times', async (t) => {
    const { layer, manifest, put } = offer(registry);
    const document = JSON.parse(String(page(registry, `/a/blobs/${manifest.config.digest}`)));
    const diffIds = Array(3).fill(document.rootfs.diff_ids[0]);
    const config = registry.put(
      'a',
      'blobs',
      json({ ...document, rootfs: { type: 'layers', diff_ids: diffIds } }),
      manifest.config.mediaType,
    );
    registry.put(
      'a',
      'manifests',
      json({ ...manifest, config, layers: Array(3).fill(layer) }),
      put.mediaType,
      'latest',
    );
    t.equal((await pull())[0]?.layers.length, 3);
  });
  await t.test('busy, and says for how long', async (t) => {
    const { layerPath, layer } = offer(registry);
    const data = page(registry, layerPath);
    const times: number[] = [];
    answer(registry, layerPath, (request, response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(429, { 'retry-after': '2' }).end();
      else if (times.length === 2) response.writeHead(500).end();
      else send(request, response, { data, type: layer.mediaType });
    });
    t.equal((await pull()).length, 1);
    const [first = 0, second = 0] = times;
    t.ok(second - first >= 1990, `asked again after ${Math.round(second - first)} ms`);
  });
});

function page(registry: FakeRegistry, path: string): Buffer {
  const found = registry.pages.get(path);
  if (!found || typeof found === 'function') throw new Error(`no ${path}`);
  return found.data;
}
