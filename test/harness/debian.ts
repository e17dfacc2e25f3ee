/** Programs of Debian packages, unpacked into the cache: nothing is installed, no service starts. */
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cache } from './paths.ts';

/** A folder in which the packages lie as dpkg lays them out; fetched once and kept under the first one's name. */
export async function unpacked(...packages: string[]): Promise<string> {
  const folder = join(cache, packages[0] ?? '');
  if (existsSync(join(folder, 'usr'))) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    await download(work, packages);
    const root = join(work, 'root');
    for (const archive of globSync('*.deb', { cwd: work }))
      await execa('dpkg', ['-x', join(work, archive), root]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** apt wants lists; a new machine has none, and a first failure tells so. */
async function download(folder: string, packages: string[]): Promise<void> {
  const fetch = () =>
    execa('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', ...packages], { cwd: folder });
  try {
    await fetch();
  } catch {
    await execa('apt-get', ['update', '-qq', '-o', 'DPkg::Lock::Timeout=600']);
    await fetch();
  }
}
