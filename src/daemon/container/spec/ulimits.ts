/**
 * `--ulimit`, and the engine's own defaults. Without CAP_SYS_RESOURCE nobody can raise a hard limit (setrlimit(2)):
 * what the daemon may not give is cut down to what it has, and said so in a warning.
 */
import { readFileSync } from 'node:fs';
import type { HostConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { OciProcess } from '../../../runtime/oci.ts';
import { ownCapabilities } from '../../../runtime/spec/capabilities.ts';

export interface Ulimit {
  soft: number;
  hard: number;
}

/** Names as getrlimit(2) has them, and the line of /proc/self/limits that tells of each. */
const LINES: Record<string, string> = {
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
};

/**
 * getrlimit(2): RLIM_INFINITY is 2^64 - 1. No double holds it; the largest that JSON carries exactly into 64 signed
 * bits stands for it, which no process can reach either.
 */
const UNLIMITED = 2 ** 63 - 1024;

/** Throws `invalid-argument` in Docker's words for names that are none and limits upside down. */
export function validateUlimits({ Ulimits }: HostConfig): void {
  for (const { Name, Soft, Hard } of Ulimits ?? []) {
    if (!Name || !(Name in LINES)) throw invalidArgument(`invalid ulimit type: ${Name}`);
    if (limit(Soft) > limit(Hard)) {
      throw invalidArgument(`ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
    }
  }
}

/** What the container gets, those asked for over the defaults. */
export function rlimits(
  { Ulimits }: HostConfig,
  defaults: Record<string, { Soft: number; Hard: number }>,
): OciProcess['rlimits'] {
  const most = ceiling();
  return wanted(Ulimits, defaults).map(([name, { soft, hard }]) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft: Math.min(soft, most(name)),
    hard: Math.min(hard, most(name)),
  }));
}

export function ulimitWarnings({ Ulimits }: HostConfig): string[] {
  const most = ceiling();
  return wanted(Ulimits, {})
    .filter(([name, { hard }]) => hard > most(name))
    .map(
      ([name, { hard }]) =>
        `ulimit ${name}=${shown(hard)} is above the limit of the daemon and cannot be raised without ` +
        `CAP_SYS_RESOURCE: ${most(name)} is used.`,
    );
}

const shown = (value: number) => (value === UNLIMITED ? 'unlimited' : String(value));

function wanted(
  ulimits: HostConfig['Ulimits'],
  defaults: Record<string, { Soft: number; Hard: number }>,
): [string, Ulimit][] {
  const limits = new Map<string, Ulimit>();
  for (const [name, { Soft, Hard }] of Object.entries(defaults)) {
    limits.set(name, { soft: limit(Soft), hard: limit(Hard) });
  }
  for (const { Name, Soft, Hard } of ulimits ?? []) {
    limits.set(Name ?? '', { soft: limit(Soft), hard: limit(Hard) });
  }
  return [...limits];
}

/** -1 is unlimited. */
function limit(value: number | null | undefined): number {
  return value === undefined || value === null || value < 0 ? UNLIMITED : Math.min(value, UNLIMITED);
}

/** The highest hard limit that can be given, by name. */
function ceiling(): (name: string) => number {
  if (ownCapabilities().includes('CAP_SYS_RESOURCE')) return () => UNLIMITED;
  const text = readFileSync('/proc/self/limits', 'latin1');
  return (name) => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(LINES[name] ?? '\n'));
    const hard = line
      ?.slice((LINES[name] ?? '').length)
      .trim()
      .split(/\s+/)[1];
    return hard === undefined || hard === 'unlimited' ? UNLIMITED : Number(hard);
  };
}
