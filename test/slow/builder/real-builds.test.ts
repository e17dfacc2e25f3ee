/**
 * Three images that somebody could want, built from Debian's and npm's packages on a base that debootstrap makes, then
 * run and asked over a published port. Takes minutes and the network, so it runs on demand:
 * `node test/slow/builder/real-builds.test.ts`, with SKIFF_DEBIAN naming a debootstrapped root to save one of them.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { requires } from '../../harness/requires.ts';
import { startSkiffd } from '../../harness/skiffd.ts';
import { Engine } from '../../integration/builder/engine.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'nft', 'ip', 'debootstrap');
t.setTimeout(1_800_000);

interface Real {
  name: string;
  files: Record<string, string>;
  port: number;
  /** Asks the service, and resolves to its answer. */
  ask: (port: number) => Promise<string>;
  answer: RegExp;
}

const APT =
  'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update -qq && apt-get install -qqy --no-install-recommends';

const REAL: Real[] = [
  {
    name: 'web',
    files: {
      Dockerfile: `FROM debian:12\nENV DEBIAN_FRONTEND=noninteractive\n${APT} nginx-light\nCOPY --chown=www-data index.html /var/www/html/\nEXPOSE 80\nSTOPSIGNAL SIGQUIT\nHEALTHCHECK --interval=5s CMD ["nginx", "-t"]\nCMD ["nginx", "-g", "daemon off;"]`,
      'index.html': '<h1>built by skiff</h1>\n',
    },
    port: 80,
    ask: async (port) => (await fetch(`http://127.0.0.1:${port}/`)).text(),
    answer: /built by skiff/,
  },
  {
    name: 'redis',
    files: {
      Dockerfile: `FROM debian:12\nENV DEBIAN_FRONTEND=noninteractive\n${APT} redis-server\nVOLUME /data\nWORKDIR /data\nUSER redis\nEXPOSE 6379\nENTRYPOINT ["redis-server", "--protected-mode", "no", "--bind", "0.0.0.0"]\nCMD ["--save", ""]`,
    },
    port: 6379,
    ask: (port) => say(port, 'PING\r\n'),
    answer: /\+PONG/,
  },
  {
    name: 'node',
    files: {
      Dockerfile: [
        'FROM debian:12 AS base',
        'ENV DEBIAN_FRONTEND=noninteractive',
        `${APT} nodejs npm ca-certificates`,
        'FROM base AS dependencies',
        'WORKDIR /app',
        'COPY package*.json ./',
        'RUN --mount=type=cache,target=/root/.npm --mount=source=ca.crt,target=/ca.crt NODE_EXTRA_CA_CERTS=/ca.crt npm ci --omit=dev',
        'FROM base',
        'WORKDIR /app',
        'RUN useradd --system app',
        'COPY --from=dependencies /app/node_modules node_modules',
        'COPY <<EOF server.js',
        "const ms = require('ms');",
        "require('node:http').createServer((q, a) => a.end(String(ms('2 days')))).listen(3000);",
        'EOF',
        'USER app',
        'EXPOSE 3000',
        'CMD ["node", "server.js"]',
      ].join('\n'),
      // Where the way to the registry has certificates of its own, the host knows them.
      'ca.crt': readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt', 'utf8'),
      'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { ms: '2.1.3' } }),
      'package-lock.json': JSON.stringify({
        name: 'app',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: {
          '': { name: 'app', version: '1.0.0', dependencies: { ms: '2.1.3' } },
          'node_modules/ms': { version: '2.1.3' },
        },
      }),
    },
    port: 3000,
    ask: async (port) => (await fetch(`http://127.0.0.1:${port}/`)).text(),
    answer: /^172800000$/,
  },
];

t.test('useful images', { skip }, async (t) => {
  const skiffd = await startSkiffd();
  const engine = new Engine(skiffd.socket);
  t.teardown(() => skiffd.close());
  t.teardown(() => engine.close());
  await engine.import(await debianRootfs(), 'debian', '12');

  for (const { name, files, port, ask, answer } of REAL) {
    await t.test(name, async (t) => {
      const began = performance.now();
      const built = await engine.build(tarOf(files), { networkmode: 'host', t: `${name}:1` });
      t.equal(built.error, undefined, built.text.slice(-2000));
      t.comment(`built in ${Math.round((performance.now() - began) / 1000)} s`);
      const again = await engine.build(tarOf(files), { networkmode: 'host', t: `${name}:1` });
      t.equal(again.id, built.id, 'again, from the cache');
      const published = await run(engine, `${name}:1`, port);
      t.match(await patiently(() => ask(published)), answer);
    });
  }
});

/** Plain, for it is read at once and thrown away. */
async function debianRootfs(): Promise<Readable> {
  const given = process.env.SKIFF_DEBIAN;
  const root = given && existsSync(given) ? given : await debootstrap();
  return spawn('tar', ['-C', root, '--one-file-system', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
    .stdout;
}

async function debootstrap(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'skiff-debian-'));
  // It becomes the root of containers, which others than root walk through.
  chmodSync(root, 0o755);
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  await execa('debootstrap', ['--variant=minbase', 'bookworm', root]);
  return root;
}

/** Starts a container of the image; resolves to the port of the host that leads to it. */
async function run(engine: Engine, image: string, port: number): Promise<number> {
  const HostConfig = { PortBindings: { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] } };
  const { Id } = await engine.json<{ Id: string }>('POST', '/containers/create', {
    Image: image,
    HostConfig,
  });
  await engine.json('POST', `/containers/${Id}/start`);
  const { NetworkSettings } = await engine.json<{
    NetworkSettings: { Ports: Record<string, { HostPort: string }[]> };
  }>('GET', `/containers/${Id}/json`);
  return Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort);
}

/** A service needs a moment until it listens. */
async function patiently(ask: () => Promise<string>): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}

function say(port: number, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(words));
    socket.on('error', reject).once('data', (answer) => {
      resolve(String(answer));
      socket.destroy();
    });
  });
}
