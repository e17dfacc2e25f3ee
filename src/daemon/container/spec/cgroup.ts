/** The container's cgroup, named for it below the engine's own parent, so that engines do not meet. */
import { posix } from 'node:path';
import type { EngineSettings } from '../../engine.ts';
import type { Container } from '../container.ts';

/** Absolute within each hierarchy; runc joins it to the mount point (cgroupfs driver). */
export function cgroupsPath(settings: EngineSettings, { id, hostConfig }: Container): string {
  return posix.join('/', hostConfig.CgroupParent || settings.cgroupParent, id);
}
