// What the engine says of a path in a container (the X-Docker-Container-Path-Stat header).

import { dirname, resolve } from 'node:path';
import type { PathStat } from '../../api/container.ts';
import type { Engine } from '../connection/engine.ts';
import { inPath } from '../connection/path.ts';

export interface ContainerPath {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isLink: boolean;
  readonly linkTarget: string;
}

/** Go's file mode bits. */
const directoryBit = 2 ** 31;
const linkBit = 2 ** 27;

export function containerPath(headers: ReadonlyMap<string, string>): ContainerPath {
  const text = Buffer.from(headers.get('x-docker-container-path-stat') ?? '', 'base64').toString();
  if (text === '') throw new Error('the engine did not describe the path');
  const stat = JSON.parse(text) as PathStat;
  const has = (bit: number) => Math.floor(stat.mode / bit) % 2 === 1;
  return {
    path: stat.name,
    isDirectory: has(directoryBit),
    isLink: has(linkBit),
    linkTarget: stat.linkTarget ?? '',
  };
}

/** The path behind a link; the path itself when it is none. The engine resolves the link within the container. */
export async function followedPath(engine: Engine, container: string, path: string): Promise<string> {
  const reply = await engine.send('HEAD', `/containers/${inPath(container)}/archive`, { query: { path } });
  const found = containerPath(reply.headers);
  if (!found.isLink) return path;
  const target = found.linkTarget;
  return target.startsWith('/') ? target : resolve(dirname(resolve('/', path)), target);
}
