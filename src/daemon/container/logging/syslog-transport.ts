/** How messages get to a log server: datagrams, or a stream, on which each ends by a newline (RFC 6587, section 3.4.2). */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { getSystemErrorMessage } from 'node:util';
import { errnoOf, invalidArgument, messageOf } from '../../../core/errors.ts';
import { probeUnixDatagram, sendUnixDatagram } from '../../../kernel/datagram.ts';
import type { SyslogAddress, TlsOptions } from './syslog-options.ts';

interface Transport {
  /** Rejects with `invalid-argument`, in Docker's words, when nobody is there. `send` connects by itself, too. */
  connect(): Promise<void>;
  send(message: string): Promise<void>;
  close(): void;
}

/** `tls` is asked where it is needed. */
export function openTransport(address: SyslogAddress, tls: () => TlsOptions): Transport {
  switch (address.kind) {
    case 'local':
      return local();
    case 'unixgram':
      return datagrams(address.path);
    case 'udp':
      return udp(address);
    case 'unix':
      return streaming(address, 'connect', () => connect(address.path));
    case 'tcp':
      return streaming(address, 'connect', () => connect(address.port, address.host));
    case 'tls': {
      const options = { ...tls(), host: address.host, port: address.port };
      return streaming(address, 'secureConnect', () => connectTls(options));
    }
  }
}

/** Where a machine has its log server, and how that listens: Go's log/syslog looks in this order. */
const LOCAL = ['unixgram', 'unix'].flatMap((kind) =>
  ['/dev/log', '/var/run/syslog', '/var/run/log'].map((path) => ({ kind, path })),
);

function local(): Transport {
  let found: Transport | undefined;
  const connect = async () => {
    for (const { kind, path } of LOCAL) {
      const transport =
        kind === 'unixgram'
          ? datagrams(path)
          : streaming({ kind: 'unix', path }, 'connect', () => open(path));
      const works = await transport.connect().then(
        () => true,
        () => false,
      );
      if (works) return transport;
    }
    throw invalidArgument('Unix syslog delivery error');
  };
  return {
    connect: async () => {
      found = await connect();
    },
    send: async (text) => {
      found ??= await connect();
      await found.send(text);
    },
    close: () => found?.close(),
  };
}

const open = (path: string) => connect(path);

function datagrams(path: string): Transport {
  return {
    connect: async () => {
      try {
        probeUnixDatagram(path);
      } catch (error) {
        throw unreachable({ kind: 'unixgram', path }, error);
      }
    },
    send: async (text) => sendUnixDatagram(path, text),
    close: () => {},
  };
}

/** Nobody can tell whether a datagram is taken: only a host without an address is noticed. */
function udp(address: SyslogAddress & { host: string; port: number }): Transport {
  const { host, port } = address;
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').unref();
  socket.on('error', () => {});
  return {
    connect: async () => {
      await lookup(host).catch((error) => Promise.reject(unreachable(address, error)));
    },
    send: (text) =>
      new Promise<void>((resolve, reject) => {
        // Where the kernel gives no socket, on a host without IPv6 perhaps, Node tells nobody else.
        socket.once('error', reject);
        socket.send(text, port, host, (error) => {
          socket.off('error', reject);
          if (error) reject(error);
          else resolve();
        });
      }),
    close: () => socket.close(),
  };
}

/** Connects again after the other side has gone. */
function streaming(address: SyslogAddress, ready: string, open: () => Socket): Transport {
  let socket: Socket | undefined;
  const connected = async () => {
    if (socket?.writable) return socket;
    socket = open();
    socket.on('error', () => socket?.destroy());
    await once(socket, ready);
    return socket;
  };
  return {
    connect: async () => {
      await connected().catch((error) => Promise.reject(unreachable(address, error)));
    },
    async send(text) {
      const to = await connected();
      if (!to.write(`${text}\n`)) await once(to, 'drain');
    },
    close: () => socket?.end(),
  };
}

/** Go's net.OpError as text. A name with several addresses fails as its first. */
function unreachable(address: SyslogAddress, error: unknown): Error {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return invalidArgument(dialError(address, first as NodeJS.ErrnoException), error);
}

function dialError(address: SyslogAddress, error: NodeJS.ErrnoException & { address?: string }): string {
  const network = address.kind === 'tls' ? 'tcp' : address.kind;
  if ('host' in address && error.syscall?.startsWith('getaddrinfo'))
    return `dial ${network}: lookup ${address.host}: no such host`;
  if (error.errno === undefined || errnoOf(error) === undefined) return messageOf(error);
  const words = WORDS[error.code ?? ''] ?? getSystemErrorMessage(error.errno);
  return `dial ${network} ${placeOf(address, error.address)}: connect: ${words}`;
}

/** Where libuv's words are not the kernel's. */
const WORDS: Record<string, string> = { EHOSTUNREACH: 'no route to host' };

function placeOf(address: SyslogAddress, resolved: string | undefined): string {
  if ('path' in address) return address.path;
  if (!('host' in address)) return '';
  const host = resolved !== undefined && isIP(resolved) ? resolved : address.host;
  return `${isIPv6(host) ? `[${host}]` : host}:${address.port}`;
}
