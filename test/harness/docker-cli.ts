/**
 * Stock docker clients: Debian's 20.10, unpacked into the cache and never installed, and the newer one of the
 * machine if it has one.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cache } from './paths.ts';
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

/** A folder with Debian's docker.io and containerd in it, as dpkg lays them out: client, dockerd, containerd, shims. */
export async function debianDocker(): Promise<string> {
  const folder = join(cache, 'docker.io');
  if (existsSync(join(folder, 'usr/bin/docker'))) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    await fetchPackages(work, ['docker.io', 'containerd']);
    const unpacked = join(work, 'root');
    for (const archive of globSync('*.deb', { cwd: work }))
      await execa('dpkg', ['-x', join(work, archive), unpacked]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** apt wants lists; a new machine has none, and a first failure tells so. */
async function fetchPackages(folder: string, packages: string[]): Promise<void> {
  const download = () =>
    execa('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', ...packages], { cwd: folder });
  try {
    await download();
  } catch {
    await execa('apt-get', ['update', '-qq', '-o', 'DPkg::Lock::Timeout=600']);
    await download();
  }
}

async function describe(path: string): Promise<DockerCli> {
  const { stdout } = await execa(path, ['--version'], { env: { PATH: dirname(path) } });
  return { path, version: /version ([^,]+),/.exec(stdout)?.[1] ?? 'unknown' };
}
