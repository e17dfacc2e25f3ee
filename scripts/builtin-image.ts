/**
 * Writes the built-in image, `busybox:latest`, as a docker-archive made of the host's static busybox. The same busybox
 * gives the same bytes. Usage: builtin-image.ts OUTPUT [BUSYBOX]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, renameSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

/** SOURCE_DATE_EPOCH's default: what is made of the same file has the same date. */
const DATE = new Date('2024-01-01T00:00:00Z');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const FILES: Record<string, string> = {
  'etc/group':
    'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\ntty:x:5:\nmail:x:8:\nwww-data:x:33:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'hosts: files dns\npasswd: files\ngroup: files\n',
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
    'bin:x:2:2:bin:/bin:/bin/false',
    'sys:x:3:3:sys:/dev:/bin/false',
    'www-data:x:33:33:www-data:/var/www:/bin/false',
    'nobody:x:65534:65534:nobody:/home:/bin/false',
    '',
  ].join('\n'),
  'etc/shadow': 'root:*:::::::\ndaemon:*:::::::\nbin:*:::::::\nnobody:*:::::::\n',
  'etc/profile': `export PATH=${PATH}\n`,
};

/** Mode of each directory; `.` is the root. */
const DIRECTORIES: Record<string, number> = {
  './': 0o755,
  'bin/': 0o755,
  'dev/': 0o755,
  'etc/': 0o755,
  'home/': 0o755,
  'proc/': 0o755,
  'root/': 0o700,
  'sys/': 0o755,
  'tmp/': 0o1777,
  'usr/': 0o755,
  'usr/bin/': 0o755,
  'usr/sbin/': 0o755,
  'var/': 0o755,
  'var/spool/': 0o755,
  'var/www/': 0o755,
};

const [output, busybox = '/usr/bin/busybox'] = process.argv.slice(2);
if (output === undefined) throw new Error('usage: builtin-image.ts OUTPUT [BUSYBOX]');
await writeImage(output, busybox);

async function writeImage(output: string, busybox: string): Promise<void> {
  const layer = await makeLayer(busybox);
  const config = Buffer.from(JSON.stringify(makeConfig(`sha256:${hex(layer)}`)));
  const names = { config: `${hex(config)}.json`, layer: `${hex(layer)}/layer.tar` };
  const manifest = [{ Config: names.config, RepoTags: ['busybox:latest'], Layers: [names.layer] }];
  const archive = pack();
  const written = pipeline(archive as unknown as Readable, createWriteStream(`${output}.tmp`));
  add(archive, names.config, config, 0o644);
  add(archive, names.layer, layer, 0o644);
  add(archive, 'manifest.json', Buffer.from(JSON.stringify(manifest)), 0o644);
  archive.finalize();
  await written;
  renameSync(`${output}.tmp`, output);
}

async function makeLayer(busybox: string): Promise<Buffer> {
  const layer = pack();
  for (const [name, mode] of Object.entries(DIRECTORIES)) {
    layer.entry({ name, mode, type: 'directory', mtime: DATE });
  }
  add(layer, 'bin/busybox', readFileSync(busybox), 0o755);
  for (const applet of appletsOf(busybox)) {
    layer.entry({ name: `bin/${applet}`, type: 'link', linkname: 'bin/busybox', mode: 0o755, mtime: DATE });
  }
  layer.entry({ name: 'usr/bin/env', type: 'symlink', linkname: '../../bin/env', mtime: DATE });
  for (const [name, text] of Object.entries(FILES)) {
    add(layer, name, Buffer.from(text), name === 'etc/shadow' ? 0o600 : 0o644);
  }
  layer.finalize();
  return buffer(layer as unknown as Readable);
}

function appletsOf(busybox: string): string[] {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return applets.filter((applet) => applet !== 'busybox').sort();
}

function makeConfig(diffId: string) {
  const created = DATE.toISOString().replace('.000', '');
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  return {
    architecture,
    os: 'linux',
    created,
    config: { Env: [`PATH=${PATH}`], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [
      { created, created_by: "ADD the host's static busybox to /" },
      { created, created_by: 'CMD ["sh"]', empty_layer: true },
    ],
  };
}

function add(archive: Pack, name: string, data: Buffer, mode: number): void {
  archive.entry({ name, mode, mtime: DATE }, data);
}

function hex(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
