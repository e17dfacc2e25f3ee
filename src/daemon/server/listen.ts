/** Opens the hosts of the configuration, each with an HTTP server of its own before the one application. */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type ListenOptions } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { conflict, errnoOf, invalidArgument } from '../../core/errors.ts';
import type { DaemonConfig, TlsConfig } from '../config/config.ts';
import { formatHost, type Host } from '../config/host.ts';
import { type Connections, trackConnections } from './connections.ts';
import { groupId } from './group.ts';
import { passedSockets } from './systemd.ts';
import { isUpgrade, onUpgrade } from './upgrade.ts';

export interface Listener {
  /** Where it can be reached, as `-H` writes it. */
  hosts: string[];
  /** No new connection from now on. Requests under way are answered, for `grace` ms at most; streams are cut. */
  close(grace: number): Promise<void>;
}

export async function listen(
  app: FastifyInstance,
  config: DaemonConfig,
  env: NodeJS.ProcessEnv,
): Promise<Listener> {
  await app.ready();
  const open: Connections[] = [];
  const close = async (grace: number) => {
    await Promise.all(open.map((connections) => connections.close(grace)));
  };
  try {
    for (const host of config.hosts) await openHost(host, app, config, env, open);
  } catch (error) {
    await close(0);
    throw error;
  }
  return { hosts: config.hosts.map(formatHost), close };
}

async function openHost(
  host: Host,
  app: FastifyInstance,
  config: DaemonConfig,
  env: NodeJS.ProcessEnv,
  open: Connections[],
): Promise<void> {
  for (const target of await targets(host, config, env)) {
    const server = createHttpServer(app, host.type === 'tcp' ? config.tls : undefined);
    await opened(server, target, host);
    open.push(trackConnections(server));
  }
  if (host.type === 'unix') guardSocket(host.path, config.group);
}

/**
 * dockerd's. An upload may take as long as it takes; only its head has to come soon. A connection that a client keeps
 * for its next request is not closed under its hands: one that sends at that very moment would see a reset.
 */
const PATIENCE = { requestTimeout: 0, headersTimeout: 5 * 60_000, keepAliveTimeout: 0 };

/** Go's. A filter that names a thousand containers, or the credentials of many registries, fill more than Node's 16 KB. */
const MAX_HEAD = 1024 * 1024;

function createHttpServer(app: FastifyInstance, tls: TlsConfig | undefined): Server {
  const route: RequestListener = (request, response) => app.routing(request, response);
  const options: ServerOptions = { ...PATIENCE, maxHeaderSize: MAX_HEAD, shouldUpgradeCallback: isUpgrade };
  const server = tls
    ? (createTlsServer({ ...options, ...tlsOptions(tls) }, route) as unknown as Server)
    : createServer(options, route);
  server.on('upgrade', onUpgrade(route));
  return server;
}

function tlsOptions({ verify, caCert, cert, key }: TlsConfig) {
  return {
    cert: readFileSync(cert),
    key: readFileSync(key),
    ...(verify && { ca: readFileSync(caCert), requestCert: true, rejectUnauthorized: true }),
    minVersion: 'TLSv1.2' as const,
    // A client that closes its half of an attach still wants the output.
    allowHalfOpen: true,
  };
}

async function targets(host: Host, config: DaemonConfig, env: NodeJS.ProcessEnv): Promise<ListenOptions[]> {
  if (host.type === 'fd') return handedOver(host.name, env);
  if (host.type === 'unix') {
    await removeStaleSocket(host.path);
    return [{ path: host.path }];
  }
  if (!config.tls?.verify && !config.allowUnauthenticatedTcp)
    throw invalidArgument(
      `refusing to listen on ${formatHost(host)}: whoever can connect would be root on this host. Use --tlsverify with --tlscacert, --tlscert and --tlskey, or --allow-unauthenticated-tcp`,
    );
  return [{ host: host.address, port: host.port }];
}

/** `fd://` is every socket that was handed over, `fd://name` those of that name, `fd://3` the descriptor 3. */
function handedOver(name: string, env: NodeJS.ProcessEnv): ListenOptions[] {
  const wanted = passedSockets(env).filter(
    (passed) => name === '' || name === '*' || name === passed.name || name === String(passed.fd),
  );
  if (wanted.length > 0) return wanted.map(({ fd }) => ({ fd }) as ListenOptions);
  throw invalidArgument(
    `no sockets found via socket activation: make sure the service was started by systemd`,
  );
}

/** A socket that nobody answers on was left by a daemon that died; one that is answered is somebody's. */
async function removeStaleSocket(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true));
    probe.on('error', (error) => resolve(errnoOf(error) === 'EAGAIN'));
    probe.on('close', () => probe.destroy());
  });
  if (answered) throw conflict(`unix://${path} is in use: another daemon is listening there`);
  rmSync(path, { force: true });
}

function guardSocket(path: string, group: string): void {
  chmodSync(path, 0o660);
  if (group !== '') chownSync(path, 0, groupId(group));
}

function opened(server: Server, target: ListenOptions, host: Host): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`failed to listen on ${formatHost(host)}: ${error.message}`, { cause: error })),
    );
    server.listen(target, resolve);
  });
}
