// Where the engine is: reads `unix://…`, `tcp://…` and `ssh://…`.

import { ExitError } from '../exit.ts';

export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

export type Endpoint = { readonly text: string } & (
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly kind: 'ssh'; readonly host: string; readonly port?: string; readonly user?: string }
);

export const defaultHost = 'unix:///run/skiff/skiff.sock';

export function parseEndpoint(text: string, tls?: TlsFiles): Endpoint {
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  if (scheme === 'unix' || (scheme === '' && rest.startsWith('/'))) return { kind: 'unix', path: rest, text };
  if (scheme === 'ssh') return { kind: 'ssh', text, ...readAuthority(text, rest) };
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https' && scheme !== '') {
    throw new ExitError(`invalid host: unsupported protocol scheme in "${text}"`);
  }
  const { host, port } = readAuthority(text, rest);
  const secure = tls ?? (scheme === 'https' ? { verify: true } : undefined);
  return {
    kind: 'tcp',
    host: host || '127.0.0.1',
    port: Number(port || (secure ? 2376 : 2375)),
    tls: secure,
    text,
  };
}

function readAuthority(text: string, rest: string): { host: string; port?: string; user?: string } {
  const parts = /^(?:([^@/]*)@)?(\[[\da-f:.]+\]|[^:/]*)(?::(\d+))?\/?$/i.exec(rest);
  if (!parts) throw new ExitError(`unable to parse docker host "${text}"`);
  return { user: parts[1], host: (parts[2] ?? '').replace(/^\[|\]$/g, ''), port: parts[3] };
}
