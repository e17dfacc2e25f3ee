/** The daemon's log: for people on a terminal, one JSON object a line everywhere else. */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { DaemonConfig } from './config/config.ts';

export async function openLogger({ logLevel, logFormat }: DaemonConfig): Promise<Logger> {
  const pretty = logFormat === 'text' || (logFormat === undefined && process.stderr.isTTY === true);
  const options = { level: logLevel, base: undefined };
  return pretty ? pino(options, await prettyStream()) : pino(options, pino.destination(2));
}

/** Loaded only when somebody looks. */
async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
}
