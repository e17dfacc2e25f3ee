/** The syslog driver: stdout as `info`, stderr as `err`. RFC 3164 and RFC 5424 messages. */
import { hostname } from 'node:os';
import type { Container } from '../container.ts';
import { logOptions, logTag } from './attributes.ts';
import type { Destination, LogLine } from './destination.ts';
import { checkSocket, parseSyslogOptions, readTlsOptions, type SyslogFormat } from './syslog-options.ts';
import { openTransport } from './syslog-transport.ts';

const SEVERITY = { stdout: 6, stderr: 3 };

export function openSyslog(container: Container): Destination {
  const options = parseSyslogOptions(logOptions(container));
  const tag = logTag(container);
  const format = (line: LogLine) =>
    message(options.format, options.facility * 8 + SEVERITY[line.stream], tag, line.text);
  const transport = openTransport(options.address, () => readTlsOptions(logOptions(container)));
  return {
    connect: async () => {
      checkSocket(options.address);
      await transport.connect();
    },
    send: (line) => transport.send(format(line)),
    close: () => transport.close(),
  };
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
