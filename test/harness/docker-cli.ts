/**
 * Stock docker clients: Debian's 20.10, unpacked into the cache and never installed, and the newer one of the
 * machine if it has one.
 */
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { unpacked } from './debian.ts';
import { findProgram } from './requires.ts';

export interface DockerCli {
  path: string;
  /** `20.10.24+dfsg1` */
  version: string;
}

/** Debian's client first. Fetches it when it is not in the cache. */
export async function dockerClis(): Promise<DockerCli[]> {
  const debian = await describe(join(await debianDocker(), 'usr/bin/docker'));
  const found = findProgram('docker');
  if (!found) return [debian];
  const local = await describe(found);
  return local.version === debian.version ? [debian] : [debian, local];
}

/** Our command line is modelled on this one, and some options are not known before. */
const RECENT = 28;

/** The machine's client, if it is of version 28 or newer; else `skip` says that it is not there. */
export async function recentDocker(): Promise<{ path: string; skip: string | false }> {
  const newest = (await dockerClis()).at(-1);
  if (newest && Number.parseInt(newest.version, 10) >= RECENT) return { path: newest.path, skip: false };
  return { path: '', skip: `no docker client of version ${RECENT} or newer on this machine` };
}

/** A folder with client, dockerd, containerd and its shims in it. */
export function debianDocker(): Promise<string> {
  return unpacked('docker.io', 'containerd');
}

async function describe(path: string): Promise<DockerCli> {
  const { stdout } = await execa(path, ['--version'], { env: { PATH: dirname(path) } });
  return { path, version: /version ([^,]+),/.exec(stdout)?.[1] ?? 'unknown' };
}
