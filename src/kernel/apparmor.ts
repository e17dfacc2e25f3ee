/** AppArmor as the kernel shows it: apparmor(7), and securityfs, which systemd mounts. */
import { existsSync, readFileSync } from 'node:fs';
import { ignoring } from '../core/errors.ts';

const ENABLED = '/sys/module/apparmor/parameters/enabled';
const LOADED = '/sys/kernel/security/apparmor/profiles';

/** False where the kernel has none or has been told to do without, and where nothing can be loaded for want of securityfs. */
export function hasAppArmor(): boolean {
  return read(ENABLED).startsWith('Y') && existsSync(LOADED);
}

/** Names of the profiles that the kernel has now; a package's upgrade may have taken one away. */
export function isProfileLoaded(name: string): boolean {
  return read(LOADED)
    .split('\n')
    .some((line) => line.replace(/ \(\w+\)$/, '') === name);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    ignoring('ENOENT', 'EACCES')(error);
    return '';
  }
}
