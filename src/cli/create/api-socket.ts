// `--use-api-socket`: a container that may drive the engine, with the user's credentials for registries. It gets
// the socket where clients look for it, and a client configuration.

import type { ContainerCreateRequest } from '../../api/container-config.ts';
import type { Config } from '../config.ts';
import type { Engine } from '../connection/engine.ts';
import { inPath } from '../connection/path.ts';
import { allCredentials } from '../registry/credentials.ts';
import { endOfArchive, packText } from '../tar/pack.ts';

const socketInside = '/var/run/docker.sock';
const configFolder = '/run/secrets/docker';

export interface ApiAccess {
  readonly request: ContainerCreateRequest;
  /** To be done once the container is there: files cannot be put into what is not. */
  readonly deliver: (id: string) => Promise<void>;
}

export async function withApiAccess(
  request: ContainerCreateRequest,
  engine: Engine,
  config: Config,
): Promise<ApiAccess> {
  const { endpoint } = engine;
  if (endpoint.kind !== 'unix') {
    throw new Error(
      `flag --use-api-socket can only be used with unix sockets: endpoint ${endpoint.text} incompatible`,
    );
  }
  const socket = { Type: 'bind' as const, Source: endpoint.path, Target: socketInside };
  const HostConfig = { ...request.HostConfig, Mounts: [...(request.HostConfig?.Mounts ?? []), socket] };
  const file = await clientConfig(config);
  const own = request.Env?.some((line) => line.startsWith('DOCKER_CONFIG='));
  if (!file || own) return { request: { ...request, HostConfig }, deliver: async () => {} };
  const Env = [...(request.Env ?? []), `DOCKER_CONFIG=${configFolder}`];
  return { request: { ...request, HostConfig, Env }, deliver: (id) => putConfig(engine, id, file) };
}

/** Undefined when there are no credentials to hand on. */
async function clientConfig(config: Config): Promise<Buffer | undefined> {
  const known = await allCredentials(config.file);
  if (known.length === 0) return undefined;
  const auths = known.map(({ serveraddress, username, password, identitytoken }) => [
    serveraddress,
    // Docker's client refuses a configuration that has a name or a password of no length.
    { ...(username && { auth: Buffer.from(`${username}:${password}`).toString('base64') }), identitytoken },
  ]);
  return Buffer.from(JSON.stringify({ auths: Object.fromEntries(auths) }));
}

async function putConfig(engine: Engine, id: string, file: Buffer): Promise<void> {
  const name = `${configFolder.slice(1)}/config.json`;
  async function* body() {
    yield packText(name, file, 0, 0o600);
    yield endOfArchive();
  }
  const headers = { 'Content-Type': 'application/x-tar' };
  const query = { path: '/', noOverwriteDirNonDir: 'true' };
  await engine.json('PUT', `/containers/${inPath(id)}/archive`, { query, headers, body: body() });
}
