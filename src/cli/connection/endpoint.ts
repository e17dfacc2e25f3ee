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
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly port?: string;
      readonly user?: string;
      /** The engine's socket there; its default when it is not said. */
      readonly path?: string;
    }
);

export const defaultHost = 'unix:///run/skiff/skiff.sock';

export function parseEndpoint(text: string, tls?: TlsFiles): Endpoint {
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  if (scheme === 'unix' || (scheme === '' && rest.startsWith('/'))) {
    return rest === '' ? parseEndpoint(defaultHost) : { kind: 'unix', path: rest, text };
  }
  if (scheme === 'ssh') return { kind: 'ssh', text, ...readAuthority(text, rest) };
  if (!['tcp', 'http', 'https', ''].includes(scheme)) {
    throw new ExitError(`invalid host: unsupported protocol scheme in "${text}"`);
  }
  return tcpEndpoint(scheme, readAuthority(text, rest), tls);
}

function tcpEndpoint(scheme: string, authority: Authority, tls: TlsFiles | undefined): Endpoint {
  const secure = tls ?? (scheme === 'https' ? { verify: true } : undefined);
  const host = authority.host || '127.0.0.1';
  const port = Number(authority.port || (secure ? 2376 : 2375));
  const text = `${scheme || 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { kind: 'tcp', host, port, tls: secure, text };
}

interface Authority {
  readonly host: string;
  readonly port?: string;
  readonly user?: string;
  readonly path?: string;
}

/** The path goes to a shell on another machine: only what means nothing to a shell passes. */
function readAuthority(text: string, rest: string): Authority {
  const parts = /^(?:([^@/]*)@)?(\[[\da-f:.]+\]|[^:/]*)(?::(\d+))?(?:\/|(\/[\w./+:@-]+))?$/i.exec(rest);
  if (!parts) throw new ExitError(`unable to parse docker host "${text}"`);
  const [, user, host = '', port, path] = parts;
  return { user, host: host.replace(/^\[|\]$/g, ''), port, path };
}
