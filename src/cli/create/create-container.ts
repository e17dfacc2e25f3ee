// Creates a container: id file, pull policy, the request itself, warnings.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { ContainerCreateResponse } from '../../api/container.ts';
import type { ContainerCreateRequest } from '../../api/container-config.ts';
import type { Config } from '../config.ts';
import { isNotFound } from '../connection/api-error.ts';
import type { Engine } from '../connection/engine.ts';
import { systemReason } from '../input-file.ts';
import { pullImage } from '../registry/pull.ts';
import { familiarName } from '../registry/reference.ts';
import type { World } from '../world.ts';
import type { withApiAccess } from './api-socket.ts';
import type { CreateValues } from './request.ts';

export interface CreateOptions {
  readonly request: ContainerCreateRequest;
  readonly flags: CreateValues;
  readonly engine: Engine;
  readonly config: Config;
}

/** The id of the new container. */
export async function createContainer(options: CreateOptions, world: World): Promise<string> {
  const { request, flags, engine, config } = options;
  const access = flags['use-api-socket'] ? await apiAccess(request, engine, config) : undefined;
  const idFile = openIdFile(flags.cidfile);
  try {
    if (flags.pull === 'always') await pull(options, world);
    const created = await createOrPull({ ...options, request: access?.request ?? request }, world);
    await access?.deliver(created.Id);
    for (const warning of [...(created.Warnings ?? []), ...ownWarnings(flags)])
      world.stderr.write(`WARNING: ${warning}\n`);
    idFile.write(created.Id);
    return created.Id;
  } catch (error) {
    idFile.discard();
    throw error;
  }
}

/** What the engine cannot know to be a mistake. */
function ownWarnings({ dns }: CreateValues): string[] {
  const local = dns.find((server) => /^127\.|^::1$/.test(server));
  return local === undefined ? [] : [`Localhost DNS (${local}) may fail in containers.`];
}

async function apiAccess(...given: Parameters<typeof withApiAccess>) {
  return (await import('./api-socket.ts')).withApiAccess(...given);
}

async function createOrPull(options: CreateOptions, world: World): Promise<ContainerCreateResponse> {
  const { request, flags, engine } = options;
  const create = () =>
    engine.json<ContainerCreateResponse>('POST', '/containers/create', {
      query: { name: flags.name, platform: flags.platform },
      json: request,
    });
  try {
    return await create();
  } catch (error) {
    if (!isNotFound(error) || !lacksImage(error.reason) || flags.pull !== 'missing') throw error;
    if (!flags.quiet)
      world.stderr.write(`Unable to find image '${familiarName(request.Image ?? '')}' locally\n`);
    await pull(options, world);
    return create();
  }
}

/** Also when there is one, for another platform. */
function lacksImage(reason: string): boolean {
  return /no such image|does not match the specified platform/i.test(reason);
}

function pull({ request, flags, engine, config }: CreateOptions, world: World): Promise<void> {
  const { platform, quiet } = flags;
  return pullImage(
    { engine, config, image: request.Image ?? '', platform },
    quiet ? undefined : world.stderr,
  );
}

interface IdFile {
  write(id: string): void;
  discard(): void;
}

/** Taken before the container is created, so that two commands do not share one. */
function openIdFile(path: string): IdFile {
  if (path === '') return { write() {}, discard() {} };
  if (existsSync(path)) {
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`);
  }
  try {
    writeFileSync(path, '', { flag: 'wx' });
  } catch (error) {
    const reason = `open ${path}: ${systemReason(error)}`;
    throw new Error(`failed to create the container ID file: ${reason}`, { cause: error });
  }
  return { write: (id) => writeFileSync(path, id), discard: () => rmSync(path, { force: true }) };
}
