// The flags in front of the command, and the engine that they point to.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Values } from './args/flag.ts';
import { bool, list, optionalBool, string } from './args/flag.ts';
import type { Config } from './config.ts';
import { defaultHost, parseEndpoint, type TlsFiles } from './connection/endpoint.ts';
import { connectEngine, type Engine } from './connection/engine.ts';
import { type Context, readContext } from './context-store.ts';
import { ExitError } from './exit.ts';

export const globalFlags = {
  config: string('Location of client config files (default "~/.skiff")'),
  context: string(
    'Name of the context to connect with (overrides the host variables and "skiff context use")',
    {
      short: 'c',
    },
  ),
  debug: bool('Enable debug mode', { short: 'D' }),
  host: list('Daemon socket to connect to', { short: 'H' }),
  'log-level': string('Set the logging level ("debug", "info", "warn", "error", "fatal")', {
    short: 'l',
    initial: 'info',
  }),
  tls: optionalBool('Use TLS; implied by --tlsverify'),
  tlscacert: string('Trust certs signed only by this CA (default "~/.skiff/ca.pem")'),
  tlscert: string('Path to TLS certificate file (default "~/.skiff/cert.pem")'),
  tlskey: string('Path to TLS key file (default "~/.skiff/key.pem")'),
  tlsverify: optionalBool('Use TLS and verify the remote'),
  version: bool('Print version information and quit', { short: 'v' }),
};

type GlobalValues = Values<typeof globalFlags>;
type Env = Readonly<Record<string, string | undefined>>;

/** Connects to nothing yet; each request opens its own connection. */
export function openEngine(values: GlobalValues, config: Config, env: Env): Engine {
  if (values.host.length > 1) throw new ExitError('Specify only one -H');
  const context = values.host[0] ? undefined : chosenContext(values, config, env);
  const text = values.host[0] || context?.host || env.SKIFF_HOST || env.DOCKER_HOST || defaultHost;
  return connectEngine({
    endpoint: parseEndpoint(text, context?.tls ?? tlsFiles(values, config, env)),
    version: env.SKIFF_API_VERSION || env.DOCKER_API_VERSION || undefined,
    headers: config.file.HttpHeaders,
  });
}

/** Variables that name a host win over the context in use, but not over one that is asked for. */
function chosenContext(values: GlobalValues, config: Config, env: Env): Context | undefined {
  const inUse =
    env.SKIFF_HOST || env.DOCKER_HOST ? '' : env.SKIFF_CONTEXT || config.file.currentContext || '';
  const name = values.context || inUse;
  return name === '' || name === 'default' ? undefined : readContext(config.directory, name);
}

type TlsValues = Pick<GlobalValues, 'tls' | 'tlsverify' | 'tlscacert' | 'tlscert' | 'tlskey'>;

/** As Docker's client: whoever says `--tlsverify=false` asks for TLS, with nobody verified. */
export function tlsFiles(
  values: TlsValues,
  config: Pick<Config, 'directory'>,
  env: Env,
): TlsFiles | undefined {
  const verify = values.tlsverify ?? Boolean(env.DOCKER_TLS_VERIFY);
  const isAsked = values.tlsverify !== undefined || verify || (values.tls ?? Boolean(env.DOCKER_TLS));
  if (!isAsked) return undefined;
  const folder = env.DOCKER_CERT_PATH || config.directory;
  const usual = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  return {
    ca: values.tlscacert || (verify ? join(folder, 'ca.pem') : undefined),
    cert: values.tlscert || usual('cert.pem'),
    key: values.tlskey || usual('key.pem'),
    verify,
  };
}
