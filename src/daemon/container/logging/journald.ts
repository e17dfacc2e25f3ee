/** The journald driver: one entry a line, by the journal's own protocol (systemd, "Native Journal Protocol"). */

import { existsSync } from 'node:fs';
import { invalidArgument } from '../../../core/errors.ts';
import { shortId } from '../../../core/ids.ts';
import { sendUnixDatagram } from '../../../kernel/datagram.ts';
import type { Container } from '../container.ts';
import { logAttributes, logTag } from './attributes.ts';
import type { Destination } from './destination.ts';

const JOURNAL_SOCKET = '/run/systemd/journal/socket';

/** syslog(3): the journal's priorities are syslog's. */
const PRIORITY = { stdout: '6', stderr: '3' };

export function openJournald(container: Container): Destination {
  const fixed = {
    CONTAINER_ID: shortId(container.id),
    CONTAINER_ID_FULL: container.id,
    CONTAINER_NAME: container.name,
    CONTAINER_TAG: logTag(container),
    IMAGE_NAME: container.image,
    SYSLOG_IDENTIFIER: logTag(container),
    ...Object.fromEntries(
      Object.entries(logAttributes(container)).map(([name, value]) => [fieldName(name), value]),
    ),
  };
  return {
    connect: async () => {
      if (!existsSync(JOURNAL_SOCKET)) throw invalidArgument('journald is not enabled on this host');
    },
    send: async ({ stream, text }) =>
      sendUnixDatagram(JOURNAL_SOCKET, entry({ ...fixed, PRIORITY: PRIORITY[stream], MESSAGE: text })),
    close: () => {},
  };
}

/** Lines hold no newline, and a value that does is not sent in the short form: it could bring fields of its own. */
function entry(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value.replaceAll('\n', ' ')}\n`)
    .join('');
}

/** Capital letters, digits, underscores; none at the beginning, where they mean trusted fields. */
function fieldName(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, '_')
    .replace(/^[_0-9]+/, '');
}
