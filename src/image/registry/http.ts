/** undici, set up for one endpoint: certificates, proxies from the environment, redirects, timeouts. */
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { invalidArgument } from '../../core/errors.ts';
import type { Endpoint } from './hosts.ts';
import { isListed, isNetwork } from './listed.ts';

const CONNECT_MS = 10_000;
/** Without a byte for so long, a line is taken to be cut. */
const SILENCE_MS = 30_000;
const REDIRECTS = 5;

/** The caller destroys it. A redirect to another origin goes without credentials (undici drops them). */
export async function dispatcherFor(endpoint: Endpoint): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, interceptors } = await import('undici');
  const tls = {
    rejectUnauthorized: endpoint.verify,
    ca: endpoint.base.startsWith('https:') ? [...trusted(), ...endpoint.ca] : undefined,
    cert: endpoint.client?.cert,
    key: endpoint.client?.key,
  };
  const common = {
    connect: { ...tls, timeout: CONNECT_MS },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  };
  // Plain http goes through a proxy without a tunnel, as Go does it: many allow CONNECT to port 443 only.
  const isDirect = isListed(new URL(endpoint.base).host, networksWithoutProxy());
  const agent = isDirect
    ? new Agent(common)
    : new EnvHttpProxyAgent({ ...common, requestTls: tls, proxyTunnel: false });
  return agent.compose(interceptors.redirect({ maxRedirections: REDIRECTS }));
}

/** undici looks for names in NO_PROXY; Go for networks, too (golang.org/x/net/http/httpproxy). */
function networksWithoutProxy(): string[] {
  const { no_proxy, NO_PROXY = '' } = process.env;
  return (no_proxy ?? NO_PROXY).split(/[,\s]/).filter(isNetwork);
}

/** Node's own list and the machine's, which has what its administrators added. */
function trusted(): string[] {
  return [...getCACertificates('bundled'), ...getCACertificates('system')];
}

/** The whole body; more than `limit` bytes are refused, and the connection is dropped. */
export async function readLimited(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw invalidArgument(`the registry's answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
