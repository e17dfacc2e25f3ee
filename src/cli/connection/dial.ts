// Opens one byte stream to the engine: unix socket, TCP, TLS, or through ssh.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { ExitError } from '../exit.ts';
import type { Endpoint, TlsFiles } from './endpoint.ts';

export async function dial(endpoint: Endpoint): Promise<Duplex> {
  if (endpoint.kind === 'ssh') return (await import('./ssh.ts')).dialSsh(endpoint);
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(describe(error, endpoint));
    const ready = (socket: Duplex) => {
      socket.off('error', failed);
      resolve(socket);
    };
    if (endpoint.kind === 'unix') {
      const socket = connect({ path: endpoint.path }, () => ready(socket)).once('error', failed);
    } else if (endpoint.tls) {
      dialTls(endpoint.host, endpoint.port, endpoint.tls, ready, failed).catch(reject);
    } else {
      const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true }, () =>
        ready(socket),
      );
      socket.once('error', failed);
    }
  });
}

async function dialTls(
  host: string,
  port: number,
  files: TlsFiles,
  ready: (socket: Duplex) => void,
  failed: (error: Error) => void,
): Promise<void> {
  const tls = await import('node:tls');
  const read = (path: string | undefined) => (path ? readFileSync(path) : undefined);
  const socket = tls.connect(
    {
      host,
      port,
      servername: /^[\d.]+$|:/.test(host) ? undefined : host,
      ca: read(files.ca),
      cert: read(files.cert),
      key: read(files.key),
      rejectUnauthorized: files.verify,
    },
    () => ready(socket),
  );
  socket.once('error', failed);
}

function describe(error: NodeJS.ErrnoException, endpoint: Endpoint): Error {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    const wayOut = 'run this as root, or join the group that owns the socket';
    const text = `permission denied while trying to connect to the skiff daemon socket at ${endpoint.text}: ${wayOut}`;
    return new ExitError(text, 1, { cause: error });
  }
  if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ENOTSOCK') {
    const text = `Cannot connect to the skiff daemon at ${endpoint.text}. Is the skiff daemon (skiffd) running?`;
    return new ExitError(text, 1, { cause: error });
  }
  return new ExitError(`error during connect: ${error.message}`, 1, { cause: error });
}
