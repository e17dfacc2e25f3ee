/** Where the daemon listens, as `-H` says it. */
import { invalidArgument } from '../../core/errors.ts';

export type Host =
  | { type: 'unix'; path: string }
  | { type: 'tcp'; address: string; port: number }
  /** Sockets that systemd opened and hands over (sd_listen_fds(3)); `name` picks one of them. */
  | { type: 'fd'; name: string };

const PLAIN_PORT = 2375;

export function parseHost(text: string): Host {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === 'unix' && rest.startsWith('/')) return { type: 'unix', path: rest };
  if (scheme === 'fd') return { type: 'fd', name: rest };
  if (scheme === 'tcp') return tcpHost(text, rest);
  throw invalidArgument(`Invalid bind address format: ${text}`);
}

export const formatHost = (host: Host): string => {
  if (host.type === 'unix') return `unix://${host.path}`;
  if (host.type === 'fd') return `fd://${host.name}`;
  return `tcp://${host.address.includes(':') ? `[${host.address}]` : host.address}:${host.port}`;
};

function tcpHost(text: string, rest: string): Host {
  const url = URL.parse(`http://${rest || '127.0.0.1'}`);
  if (url?.pathname !== '/' || url.username !== '')
    throw invalidArgument(`Invalid bind address format: ${text}`);
  const address = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  return { type: 'tcp', address, port: url.port === '' ? defaultPort(rest) : Number(url.port) };
}

/** WHATWG URLs drop `:80`, the default of http. */
function defaultPort(rest: string): number {
  return /:80\/?$/.test(rest) ? 80 : PLAIN_PORT;
}
