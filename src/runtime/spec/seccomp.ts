/**
 * From a seccomp profile, as people write them and as Debian ships one, to the filter of one container. Compiling the
 * filter is the biggest cost of a start (41 ms with Docker's three architectures, 30 with one, 25 without a filter),
 * so what changes no verdict on this host is left out.
 */
import { readFileSync } from 'node:fs';
import { invalidArgument } from '../../core/errors.ts';
import { runnableArchitectures, systemCallFilter } from '../../kernel/seccomp.ts';
import type { OciSeccomp, OciSyscall } from '../oci.ts';

/** Package golang-github-containers-common. */
export const DEFAULT_PROFILE_PATH = '/usr/share/containers/seccomp.json';

/** A profile: an OCI filter with conditions (moby's profiles/seccomp, containers/common's seccomp). */
export interface SeccompProfile {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  archMap?: { architecture: string; subArchitectures?: string[] }[];
  flags?: string[];
  syscalls?: ProfileRule[];
}

interface ProfileRule {
  name?: string;
  names?: string[];
  action: string;
  errnoRet?: number;
  args?: OciSyscall['args'] | null;
  includes?: Condition;
  excludes?: Condition;
}

interface Condition {
  arches?: string[];
  caps?: string[];
  minKernel?: string;
}

/** What the host can run; made once, `hostSystem()`. */
export interface SeccompSystem {
  architectures: readonly string[];
  /** Go's name of the native one: `amd64`, `arm64`. */
  goArchitecture: string;
  kernel: string;
  isKnown: (name: string) => boolean;
}

/** Throws `invalid-argument` in Docker's words. */
export function parseProfile(text: string): SeccompProfile {
  let profile: Partial<SeccompProfile>;
  try {
    profile = JSON.parse(text) as Partial<SeccompProfile>;
  } catch (error) {
    throw invalidArgument(`Decoding seccomp profile failed: ${(error as Error).message}`, error);
  }
  const { defaultAction, architectures, archMap } = profile;
  if (typeof defaultAction !== 'string')
    throw invalidArgument('Decoding seccomp profile failed: no defaultAction');
  if (architectures?.length && archMap?.length) {
    throw invalidArgument(
      "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  return { ...profile, defaultAction };
}

/** Undefined if the host has no such file. */
export function readDefaultProfile(path = DEFAULT_PROFILE_PATH): SeccompProfile | undefined {
  try {
    return parseProfile(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function hostSystem(): SeccompSystem {
  const architectures = runnableArchitectures();
  return {
    architectures,
    goArchitecture: process.arch === 'x64' ? 'amd64' : process.arch,
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim(),
    isKnown: systemCallFilter(architectures),
  };
}

/** The filter for a container that has `capabilities`. */
export function resolveSeccomp(
  profile: SeccompProfile,
  capabilities: readonly string[],
  system: SeccompSystem,
): OciSeccomp {
  const rules = (profile.syscalls ?? []).filter((rule) => applies(rule, capabilities, system));
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: architecturesOf(profile, system),
    flags: profile.flags,
    syscalls: rules.flatMap((rule) => resolveRule(rule, profile, system)),
  };
}

/** Remembers the filters of a profile by set of capabilities: most containers have the same. */
export function seccompResolver(
  profile: SeccompProfile,
  system: SeccompSystem,
): (capabilities: string[]) => OciSeccomp {
  const known = new Map<string, OciSeccomp>();
  return (capabilities) => {
    const key = [...capabilities].sort().join();
    const filter = known.get(key) ?? resolveSeccomp(profile, capabilities, system);
    known.set(key, filter);
    return filter;
  };
}

/** An architecture that is not named is one whose calls end the process; one that cannot run makes none. */
function architecturesOf(profile: SeccompProfile, { architectures }: SeccompSystem): string[] | undefined {
  const native = profile.archMap?.find((entry) => entry.architecture === architectures[0]);
  const wanted = native ? [native.architecture, ...(native.subArchitectures ?? [])] : profile.architectures;
  if (wanted === undefined || architectures.length === 0) return wanted;
  const runnable = wanted.filter((name) => architectures.includes(name));
  return runnable.length > 0 ? runnable : wanted;
}

function applies(
  { includes, excludes }: ProfileRule,
  capabilities: readonly string[],
  system: SeccompSystem,
): boolean {
  const { goArchitecture, kernel } = system;
  if (includes?.arches?.length && !includes.arches.includes(goArchitecture)) return false;
  if (includes?.caps?.some((name) => !capabilities.includes(name))) return false;
  if (includes?.minKernel && isOlder(kernel, includes.minKernel)) return false;
  if (excludes?.arches?.includes(goArchitecture)) return false;
  if (excludes?.caps?.some((name) => capabilities.includes(name))) return false;
  return !(excludes?.minKernel && !isOlder(kernel, excludes.minKernel));
}

/** Calls that no runnable architecture has, and rules that say what holds anyway, cost time and decide nothing. */
function resolveRule(rule: ProfileRule, profile: SeccompProfile, { isKnown }: SeccompSystem): OciSyscall[] {
  const all = [...(rule.names ?? []), ...(rule.name ? [rule.name] : [])];
  const names = all.filter(isKnown);
  if (names.length === 0) return [];
  if (rule.action === profile.defaultAction && rule.errnoRet === profile.defaultErrnoRet) return [];
  const resolved: OciSyscall = { names, action: rule.action };
  if (rule.errnoRet !== undefined) resolved.errnoRet = rule.errnoRet;
  if (rule.args?.length) resolved.args = rule.args;
  return [resolved];
}

/** By major and minor number. */
function isOlder(kernel: string, than: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number.parseFloat);
  const [wantedMajor = 0, wantedMinor = 0] = than.split('.').map(Number.parseFloat);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
