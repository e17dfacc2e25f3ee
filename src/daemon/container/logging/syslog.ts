/** The syslog driver: stdout as `info`, stderr as `err`. RFC 3164 and RFC 5424 messages, framed by RFC 6587 on a stream. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { sendUnixDatagram } from '../../../kernel/datagram.ts';
import type { Container } from '../container.ts';
import { logOptions, logTag } from './attributes.ts';
import type { Destination, LogLine } from './destination.ts';
import { parseSyslogOptions, type SyslogFormat, type SyslogOptions } from './syslog-options.ts';

const SEVERITY = { stdout: 6, stderr: 3 };

export function openSyslog(container: Container): Destination {
  const options = parseSyslogOptions(logOptions(container));
  const tag = logTag(container);
  const format = (line: LogLine) =>
    message(options.format, options.facility * 8 + SEVERITY[line.stream], tag, line.text);
  const transport = openTransport(options);
  return { send: (line) => transport.send(format(line)), close: () => transport.close() };
}

function message(format: SyslogFormat, priority: number, tag: string, text: string): string {
  const now = new Date();
  const id = `${tag}[${process.pid}]`;
  if (format === 'rfc3164') return `<${priority}>${bsdTime(now)} ${hostname()} ${id}: ${text}`;
  const time =
    format === 'rfc5424' ? now.toISOString().replace(/\.\d+/, '') : now.toISOString().replace('Z', '000Z');
  return `<${priority}>1 ${time} ${hostname()} ${tag} ${process.pid} ${tag} - ${text}`;
}

/** `Jan  2 15:04:05`, local time (RFC 3164, section 4.1.2). */
function bsdTime(date: Date): string {
  const month = date.toLocaleString('en', { month: 'short' });
  return `${month} ${String(date.getDate()).padStart(2)} ${date.toTimeString().slice(0, 8)}`;
}

interface Transport {
  send(message: string): Promise<void>;
  close(): void;
}

function openTransport(options: SyslogOptions): Transport {
  const { address } = options;
  switch (address.kind) {
    case 'unixgram':
      return { send: async (text) => sendUnixDatagram(address.path, text), close: () => {} };
    case 'udp':
      return udp(address.host, address.port);
    case 'unix':
      return streaming(() => connect(address.path));
    case 'tcp':
      return streaming(() => connect(address.port, address.host));
    case 'tls':
      return streaming(() => connectTls({ ...options.tls, host: address.host, port: address.port }));
  }
}

function udp(host: string, port: number): Transport {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').unref();
  const send = (text: string) =>
    new Promise<void>((resolve, reject) => {
      socket.send(text, port, host, (error) => (error ? reject(error) : resolve()));
    });
  return { send, close: () => socket.close() };
}

/** Connects when there is something to send, and again after the other side has gone. */
function streaming(open: () => Socket): Transport {
  let socket: Socket | undefined;
  const connected = async () => {
    if (socket?.writable) return socket;
    socket = open();
    socket.on('error', () => socket?.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return {
    async send(text) {
      const to = await connected();
      if (!to.write(`${text}\n`)) await once(to, 'drain');
    },
    close: () => socket?.end(),
  };
}
