/** Pushing to a real registry, with skopeo and podman to say whether what arrived is an image. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Images } from '../../../src/image/contract.ts';
import { openImages } from '../../../src/image/images.ts';
import type { Progress } from '../../../src/image/progress.ts';
import { builtinImage } from '../../harness/builtin-image.ts';
import { requires } from '../../harness/requires.ts';
import { makeCertificate, type RegistrySettings, startRegistry } from './registry.ts';
import { tar } from './tar-bytes.ts';

const skip = requires('root', 'docker-registry', 'skopeo');
const logger = pino({ level: 'silent' });
const AUTH = { username: 'user', password: 'secret' };

async function site(t: Test, settings: Omit<RegistrySettings, 'directory'> = {}) {
  const root = t.testdir({ registry: {}, engine: {}, certs: {} });
  const registry = await startRegistry({ directory: join(root, 'registry'), ...settings });
  const images = await openAt(t, join(root, 'engine'), join(root, 'certs'));
  t.teardown(() => registry.close());
  return { root, registry, images, host: registry.host };
}

async function openAt(t: Test, root: string, certs = ''): Promise<Images> {
  const images = await openImages({ root, logger, registry: { certsDirectories: [certs] } });
  t.teardown(() => images.close());
  return images;
}

/** Short, because podman wants its run root below 50 characters. */
function temporary(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'skiff-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The words for one layer, or of lines without one, in order, each once. */
function statuses(lines: Progress[]): string[] {
  return [...new Set(lines.map(({ status = '' }) => status))];
}

async function push(images: Images, name: string, auth?: object): Promise<Progress[]> {
  const lines: Progress[] = [];
  await images.push(name, { progress: (line) => lines.push(line), auth });
  return lines;
}

t.test('push, and pull elsewhere', { skip }, async (t) => {
  const { root, host, images } = await site(t);
  const [loaded] = await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  const id = loaded?.image.id ?? '';
  images.tag(images.get(id), `${host}/one/busybox:1`);
  const first = await push(images, `${host}/one/busybox:1`);
  t.match(statuses(first), [
    'The push refers to repository',
    'Preparing',
    'Pushing',
    'Pushed',
    /^1: digest: sha256:/,
  ]);
  t.match(first.at(-1)?.aux, { Tag: '1', Digest: /^sha256:/ });
  t.equal(images.get(id).repoDigests.length, 1);

  t.match(statuses(await push(images, `${host}/one/busybox:1`)), [
    'The push',
    'Preparing',
    'Layer already exists',
  ]);
  images.tag(images.get(id), `${host}/two/busybox:2`);
  t.match(statuses(await push(images, `${host}/two/busybox:2`)), [
    'The push',
    'Preparing',
    'Mounted from one/busybox',
  ]);
  await t.rejects(push(images, `${host}/none:1`), /An image does not exist locally with the tag/);

  const other = await openAt(t, join(root, 'other'));
  const [pulled] = await other.pull(`${host}/one/busybox:1`, { progress: () => {} });
  t.equal(pulled?.id, id, 'the id is the same after layers were compressed');
  t.equal(pulled?.size, images.get(id).size);

  await t.test('skopeo reads it', async (t) => {
    const shown = execFileSync('skopeo', ['inspect', '--tls-verify=false', `docker://${host}/two/busybox:2`]);
    t.match(JSON.parse(shown.toString()), {
      Digest: pulled?.manifest.digest,
      Layers: pulled?.layers.map(({ digest }) => digest),
    });
    execFileSync('skopeo', [
      'copy',
      '-q',
      '--src-tls-verify=false',
      `docker://${host}/one/busybox:1`,
      `dir:${join(root, 'copy')}`,
    ]);
  });
  await t.test('distribution inspect', async (t) => {
    t.match(await images.inspectDistribution(`${host}/one/busybox:1`, {}), {
      descriptor: { digest: pulled?.manifest.digest },
      platforms: [{ os: 'linux' }],
    });
  });
  await t.test('saved after a push, it loads again', async (t) => {
    const saved = join(root, 'saved.tar');
    await images.save(images.choose([`${host}/one/busybox:1`]), createWriteStream(saved));
    const third = await openAt(t, join(root, 'third'));
    const [again] = await third.load(createReadStream(saved), { progress: () => {} });
    t.equal(again?.image.id, id);
    execFileSync('skopeo', ['copy', '-q', `docker-archive:${saved}`, `dir:${join(root, 'copy2')}`]);
  });
});

t.test('a layer in several pieces, and all tags', { skip }, async (t) => {
  const { root, host, images } = await site(t);
  const archive = tar({ name: 'large', data: randomBytes(20 * 1024 ** 2) });
  await images.import(Readable.from([archive]), { names: [`${host}/large:a`, `${host}/large:b`] });
  const lines: Progress[] = [];
  await images.push(`${host}/large`, { progress: (line) => lines.push(line), allTags: true });
  t.equal(lines.filter(({ aux }) => aux).length, 2);
  const other = await openAt(t, join(root, 'other'));
  const pulled = await other.pull(`${host}/large`, { progress: () => {}, allTags: true });
  t.same(pulled.at(-1)?.tags, [`${host}/large:a`, `${host}/large:b`]);
});

t.test('behind a password', { skip }, async (t) => {
  const { host, images } = await site(t, { auth: true });
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  images.tag(images.get('busybox'), `${host}/busybox`);
  await t.rejects(push(images, `${host}/busybox`), /no basic auth credentials/);
  await t.rejects(
    push(images, `${host}/busybox`, { ...AUTH, password: 'wrong' }),
    /unauthorized: authentication required/,
  );
  await push(images, `${host}/busybox`, AUTH);
  await images.pull(`${host}/busybox`, { progress: () => {}, auth: AUTH });
  await t.rejects(images.pull(`${host}/busybox`, { progress: () => {} }), /no basic auth credentials/);
  await images.checkLogin({ ...AUTH, serveraddress: host });
  const wrong = { username: 'user', password: 'x', serveraddress: `https://${host}/v2/` };
  await t.rejects(images.checkLogin(wrong), /^login attempt to .* failed with status: 401 Unauthorized$/);
});

t.test('over TLS, with an authority of its own', { skip }, async (t) => {
  const made = makeCertificate(temporary(t));
  const { root, registry, images } = await site(t, { tls: made });
  const certs = (name: string) => {
    mkdirSync(join(root, 'certs', name));
    writeFileSync(join(root, 'certs', name, 'hosts.toml'), `server = "https://127.0.0.1:${registry.port}"\n`);
  };
  certs('trusted.test');
  certs('unknown.test');
  copyFileSync(made.ca, join(root, 'certs', 'trusted.test', 'ca.crt'));
  writeFileSync(
    join(root, 'certs', 'trusted.test', 'hosts.toml'),
    `server = "https://127.0.0.1:${registry.port}"\nca = "ca.crt"\n`,
  );
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  for (const name of ['trusted.test', 'unknown.test', registry.host])
    images.tag(images.get('busybox'), `${name}/busybox`);
  await push(images, 'trusted.test/busybox');
  await t.rejects(push(images, 'unknown.test/busybox'), /certificate|self.signed|unable to verify/);
  await push(images, `${registry.host}/busybox`);
  t.pass('on the loopback a certificate that nobody signed will do');
});

t.test('podman pulls it', { skip: skip || requires('podman') }, async (t) => {
  const { host, images } = await site(t);
  await images.load(createReadStream(await builtinImage()), { progress: () => {} });
  images.tag(images.get('busybox'), `${host}/busybox`);
  await push(images, `${host}/busybox`);
  const place = temporary(t);
  const store = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver', 'vfs'];
  const pulled = execFileSync('podman', [...store, 'pull', '-q', '--tls-verify=false', `${host}/busybox`])
    .toString()
    .trim();
  t.equal(`sha256:${pulled}`, images.get('busybox').id);
});
