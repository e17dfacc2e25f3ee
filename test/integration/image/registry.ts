/** A real registry (Debian's docker-registry) on a free port of the loopback, for one test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

export interface Registry {
  /** `127.0.0.1:port` */
  host: string;
  port: number;
  close(): Promise<void>;
}

export interface RegistrySettings {
  /** Everything it stores is below. */
  directory: string;
  /** `user` with the password `secret`. */
  auth?: boolean;
  /** A certificate for 127.0.0.1 and localhost. */
  tls?: { cert: string; key: string; clientCa?: string };
}

/** bcrypt of `secret`. */
const HTPASSWD = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

export async function startRegistry({ directory, auth, tls }: RegistrySettings): Promise<Registry> {
  const port = await freePort();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'htpasswd'), HTPASSWD);
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, ...(tls && { tls: tlsOf(tls) }) },
    ...(auth && { auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } } }),
  };
  writeFileSync(join(directory, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
  await listening(port, child);
  return { host: `127.0.0.1:${port}`, port, close: () => end(child) };
}

function tlsOf({ cert, key, clientCa }: NonNullable<RegistrySettings['tls']>) {
  return { certificate: cert, key, ...(clientCa && { clientcas: [clientCa] }) };
}

/** A certificate authority and certificates of its making for a server and a client, as files. */
export function makeCertificate(directory: string) {
  mkdirSync(directory, { recursive: true });
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const fresh = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...fresh,
    '-x509',
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.crt'),
  );
  writeFileSync(path('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  for (const [who, name] of [
    ['server', '127.0.0.1'],
    ['client', 'someone'],
  ]) {
    openssl(...fresh, '-subj', `/CN=${name}`, '-keyout', path(`${who}.key`), '-out', path(`${who}.csr`));
    const signed = [
      '-in',
      path(`${who}.csr`),
      '-CA',
      path('ca.crt'),
      '-CAkey',
      path('ca.key'),
      '-CAcreateserial',
    ];
    openssl('x509', '-req', ...signed, '-days', '2', '-extfile', path('names'), '-out', path(`${who}.crt`));
  }
  return {
    ca: path('ca.crt'),
    cert: path('server.crt'),
    key: path('server.key'),
    client: { cert: path('client.crt'), key: path('client.key') },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await new Promise((wait) => setTimeout(wait, 25));
  }
  throw new Error('docker-registry does not listen');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
