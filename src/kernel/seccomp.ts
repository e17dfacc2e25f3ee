/**
 * What this kernel and libseccomp (which runc uses) know of system calls: needed to leave out of a profile what can
 * change no verdict here.
 */
import { existsSync } from 'node:fs';
import koffi from 'koffi';
import { bind } from './libc.ts';

const getpid = bind<(number: number) => number>('long syscall(long number)');

/** <asm/unistd.h>: a 64-bit process makes an x32 call by setting this bit. */
const X32_SYSCALL_BIT = 0x40000000;
const SYS_getpid = 39;

/** Names of the architectures whose programs run here, native one first: libseccomp's SCMP_ARCH_ names. */
export function runnableArchitectures(): string[] {
  if (process.arch === 'arm64') return ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'];
  if (process.arch !== 'x64') return [];
  const names = ['SCMP_ARCH_X86_64'];
  // Made by arch/x86/entry/vdso/vdso32-setup.c only in kernels that run 32-bit programs.
  if (existsSync('/proc/sys/abi/vsyscall32')) names.push('SCMP_ARCH_X86');
  if (getpid(X32_SYSCALL_BIT + SYS_getpid) > 0) names.push('SCMP_ARCH_X32');
  return names;
}

/** <linux/audit.h>, AUDIT_ARCH_*: the tokens that libseccomp takes. */
const TOKENS: Record<string, number> = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
};

/**
 * Tells whether one of `architectures` has a call of that name: seccomp_syscall_resolve_name(3) gives others a
 * negative number. Without libseccomp every name counts as known.
 */
export function systemCallFilter(architectures: readonly string[]): (name: string) => boolean {
  const tokens = architectures.map((name) => TOKENS[name]);
  if (tokens.length === 0 || tokens.includes(undefined)) return () => true;
  try {
    const resolve = koffi
      .load('libseccomp.so.2')
      .func('int seccomp_syscall_resolve_name_arch(uint32_t arch, const char *name)');
    return (name) => tokens.some((token) => resolve(token, name) >= 0);
  } catch {
    return () => true;
  }
}
