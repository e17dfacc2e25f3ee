/** What dockerd finds out about log options only when it initialises the driver, at the start of a container. */
import { invalidArgument, messageOf } from '../../../core/errors.ts';
import type { Container } from '../container.ts';
import { logAttributes, logTag } from './attributes.ts';
import type { Destination } from './destination.ts';
import type { LogOptions } from './drivers.ts';
import { openDestination } from './open-destination.ts';
import { parseSize } from './size.ts';

/**
 * Throws `invalid-argument` in Docker's words for what an option is set to, be it a tag that means nothing or a log server
 * that does not answer. Resolves to where lines are sent, if they are: close it.
 */
export async function initialiseLogging(container: Container): Promise<Destination | undefined> {
  const { Type: driver = '', Config: options } = container.hostConfig.LogConfig ?? {};
  if (driver === 'none') return undefined;
  try {
    if (options) checkOptions(container, options);
    return await connected(container);
  } catch (error) {
    throw invalidArgument(`failed to initialize logging driver: ${messageOf(error)}`, error);
  }
}

function checkOptions(container: Container, options: LogOptions): void {
  checkLogValues(options);
  logTag(container);
  logAttributes(container);
}

async function connected(container: Container): Promise<Destination | undefined> {
  const destination = openDestination(container);
  try {
    await destination?.connect();
    return destination;
  } catch (error) {
    destination?.close();
    throw error;
  }
}

/** The values that bound what is kept. */
export function checkLogValues(options: LogOptions): void {
  const size = options['max-size'];
  if (size && parseSize(size) <= 0) throw invalidArgument('max-size must be a positive number');
  const files = options['max-file'];
  if (files) checkFiles(files);
  const { compress } = options;
  if (!compress || !parseBoolean(compress)) return;
  if (!size || Number(files || 1) < 2)
    throw invalidArgument('compress cannot be true when max-file is less than 2 or max-size is not set');
}

const FILES_MAX = 9999;

function checkFiles(text: string): void {
  if (!/^[+-]?\d{1,18}$/.test(text)) throw invalidArgument(`strconv.Atoi: parsing "${text}": invalid syntax`);
  if (Number(text) < 1) throw invalidArgument('max-file cannot be less than 1');
  if (Number(text) > FILES_MAX) throw invalidArgument(`max-file cannot be more than ${FILES_MAX}`);
}

/** Go's strconv.ParseBool. */
function parseBoolean(text: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw invalidArgument(`strconv.ParseBool: parsing "${text}": invalid syntax`);
}
