/**
 * The AppArmor profile of containers that ask for none: apparmor.d(5). It has Docker's name, since people and policies
 * look for that, and denies what Docker's denies: mounting, and writing to what /proc and /sys have of the host. What a
 * process may do otherwise is for capabilities, seccomp and namespaces to say.
 */
import { existsSync } from 'node:fs';
import { internal } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import { hasAppArmor, isProfileLoaded } from '../../kernel/apparmor.ts';
import { findProgram } from '../../kernel/program.ts';

export const DEFAULT_PROFILE = 'docker-default';
export const UNCONFINED = 'unconfined';

/**
 * Patterns say what is left out by its first letters: below /proc only the processes' own directories and shared memory
 * settings (kernel/shm*) can be written, below /sys only fs/cgroup.
 */
export const PROFILE = `
profile ${DEFAULT_PROFILE} flags=(attach_disconnected, mediate_deleted) {
  file,
  network,
  capability,
  umount,
  deny mount,

  # Whoever runs the container ends it; newer systems confine runc itself.
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (send, receive) peer=${DEFAULT_PROFILE},
  ptrace (trace, tracedby, read, readby) peer=${DEFAULT_PROFILE},

  deny /proc/* w,
  deny /proc/[^0-9s]*/** w,
  deny /proc/s[^y]*/** w,
  deny /proc/sy[^s]*/** w,
  deny /proc/sysvipc/** w,
  deny /proc/sys/[^k]*/** w,
  deny /proc/sys/k[^e]*/** w,
  deny /proc/sys/ke[^r]*/** w,
  deny /proc/sys/kernel/[^s]* w,
  deny /proc/sys/kernel/s[^h]* w,
  deny /proc/sys/kernel/sh[^m]* w,
  deny /proc/sys/kernel/*/** w,
  deny /proc/sysrq-trigger rwklx,
  deny /proc/kcore rwklx,

  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
`;

export interface AppArmor {
  /** Resolves when the kernel has `profile`, if that is the default one; others are for people to load. */
  ready(profile: string): Promise<void>;
}

/** `undefined` where the kernel has no AppArmor, or the host no program that could load a profile. */
export function openAppArmor(): AppArmor | undefined {
  const parser = findProgram('apparmor_parser');
  if (!hasAppArmor() || !existsSync(parser)) return undefined;
  let loading: Promise<void> | undefined;
  return {
    // Looked for each time: what upgrades packages unloads profiles that no package has.
    ready: async (profile) => {
      if (profile !== DEFAULT_PROFILE || isProfileLoaded(profile)) return;
      loading ??= load(parser).finally(() => {
        loading = undefined;
      });
      await loading;
    },
  };
}

async function load(parser: string): Promise<void> {
  await step('runtime.apparmor.load', { profile: DEFAULT_PROFILE }, async () => {
    const { execa } = await import('execa');
    const { failed, stderr } = await execa(parser, ['--replace', '--skip-cache'], {
      input: PROFILE,
      reject: false,
    });
    if (failed) throw internal(`the AppArmor profile ${DEFAULT_PROFILE} could not be loaded: ${stderr}`);
  });
}
