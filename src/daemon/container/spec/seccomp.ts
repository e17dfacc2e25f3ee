/** Seccomp profiles of this engine: the usual one is read once, and its filters are kept by set of capabilities. */
import type { OciSeccomp } from '../../../runtime/oci.ts';
import {
  hostSystem,
  parseProfile,
  readDefaultProfile,
  resolveSeccomp,
  seccompResolver,
} from '../../../runtime/spec/seccomp.ts';

export interface Seccomp {
  /** `own`: a person's profile as JSON text. `undefined` where the host has no profile and none was given. */
  filterFor(capabilities: string[], own: string | undefined): OciSeccomp | undefined;
}

/** `path`: a file, `builtin` or '' for the installed profile, `unconfined` for none. Throws `invalid-argument` if it holds none. */
export function openSeccomp(path: string): Seccomp {
  const system = hostSystem();
  const profile = path === 'unconfined' ? undefined : readDefaultProfile(...(isBuiltIn(path) ? [] : [path]));
  const usual = profile && seccompResolver(profile, system);
  return {
    filterFor: (capabilities, own) =>
      own === undefined ? usual?.(capabilities) : resolveSeccomp(parseProfile(own), capabilities, system),
  };
}

const isBuiltIn = (path: string) => path === '' || path === 'builtin';
