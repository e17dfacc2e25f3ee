// `--docker host=…,ca=…,cert=…,key=…,skip-tls-verify=true`.

import { resolve } from 'node:path';
import { type Flag, string } from '../../args/flag.ts';
import { parseEndpoint, type TlsFiles } from '../../connection/endpoint.ts';
import { readContext } from '../../context-store.ts';
import { ExitError } from '../../exit.ts';

export interface ContextEndpoint {
  readonly host: string;
  readonly tls?: TlsFiles;
}

/** Shared by `create` and `update`. */
export const endpointFlag: Flag<string> = {
  ...string('set the endpoint', { label: 'stringToString' }),
  take(text) {
    const bare = text.split(',').find((field) => !field.includes('='));
    if (bare !== undefined) throw new Error(`${bare} must be formatted as key=value`);
    return text;
  },
};

/** The keys of the option, as a part of a command's description. */
export function endpointHelp(verb: string): string {
  return `Endpoint config (--docker):

NAME                DESCRIPTION
from                Copy the endpoint of a named context
host                The engine's socket or address
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation

Example:

$ skiff context ${verb} my-context --docker "host=tcp://myserver:2376,ca=ca.pem,cert=cert.pem,key=key.pem"`;
}

/** What the option says, on top of what holds without it. */
export function readEndpoint(text: string, before: ContextEndpoint, directory: string): ContextEndpoint {
  if (text === '') return before;
  const fields = new Map(text.split(',').map(splitField));
  const from = fields.get('from');
  const base = from === undefined ? before : readContext(directory, from);
  const host = fields.get('host') ?? base.host;
  parseEndpoint(host);
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => path(fields.get(name)));
  if (!ca && !cert && !key && !fields.has('skip-tls-verify')) return { host, tls: base.tls };
  return { host, tls: { ca, cert, key, verify: fields.get('skip-tls-verify') !== 'true' } };
}

function splitField(text: string): [string, string] {
  const cut = text.indexOf('=');
  const key = text.slice(0, cut);
  if (!['host', 'from', 'ca', 'cert', 'key', 'skip-tls-verify'].includes(key)) {
    throw new ExitError(`unrecognized config key: ${key}`);
  }
  return [key, text.slice(cut + 1)];
}

function path(text: string | undefined): string | undefined {
  return text ? resolve(text) : undefined;
}
