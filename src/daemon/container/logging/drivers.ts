/**
 * Logging drivers: every one but `none` keeps the output in our bounded file, so that `docker logs` can always read
 * it back; some send it elsewhere besides.
 */
import type { HostConfig } from '../../../api/container.ts';
import { invalidArgument, messageOf } from '../../../core/errors.ts';
import { parseSize } from './size.ts';
import { checkSocket, parseSyslogOptions } from './syslog-options.ts';

const KEEPING = ['max-size', 'max-file', 'compress', 'mode', 'max-buffer-size'];
const NAMING = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
const SYSLOG = [
  'syslog-address',
  'syslog-facility',
  'syslog-format',
  'syslog-tls-ca-cert',
  'syslog-tls-cert',
  'syslog-tls-key',
  'syslog-tls-skip-verify',
];

/** Options that each driver takes, by name. */
const OPTIONS: Record<string, string[]> = {
  'json-file': [...KEEPING, ...NAMING],
  local: KEEPING,
  none: [],
  journald: [...KEEPING, ...NAMING],
  syslog: [...KEEPING, ...NAMING, ...SYSLOG],
};

/** Which driver it was, where dockerd's words differ from driver to driver. */
const NAMED: Record<string, string> = { local: 'log driver local' };

export const LOG_DRIVERS = Object.keys(OPTIONS);

export type LogOptions = Record<string, string>;

/** What dockerd refuses at creation. What options are set to is looked at when the container starts (initialise.ts). */
export function validateLogConfig(driver: string, options: LogOptions): void {
  const known = OPTIONS[driver];
  if (!known) {
    throw invalidArgument(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  }
  if (driver === 'none') return; // Nothing is kept: no option can mean anything, and dockerd takes any.
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown)
    throw invalidArgument(`unknown log opt '${unknown}' for ${NAMED[driver] ?? `${driver} log driver`}`);
  validateMode(options);
  if (driver === 'syslog') checkSocket(parseSyslogOptions(options).address);
}

/** Of options that are taken and change nothing. */
export function logWarnings({ LogConfig }: HostConfig): string[] {
  const compress = LogConfig?.Config?.compress;
  if (!compress || /^(?:0|f)/i.test(compress)) return [];
  return ['Logs are bounded, but rotated ones are not compressed. Log option compress discarded.'];
}

function validateMode({ mode, 'max-buffer-size': size }: LogOptions): void {
  if (mode && !['blocking', 'non-blocking'].includes(mode)) {
    throw invalidArgument(`logger: logging mode not supported: ${mode}`);
  }
  if (size && mode !== 'non-blocking') {
    throw invalidArgument("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  if (size) parseBufferSize(size);
}

function parseBufferSize(size: string): void {
  try {
    parseSize(size);
  } catch (error) {
    throw invalidArgument(`error parsing option max-buffer-size: ${messageOf(error)}`, error);
  }
}
