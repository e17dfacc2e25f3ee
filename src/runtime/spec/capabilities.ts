/** Which capabilities (capabilities(7)) a container's process has: Docker's defaults, `--cap-add`, `--cap-drop`, `--privileged`. */
import { readFileSync } from 'node:fs';
import { invalidArgument } from '../../core/errors.ts';
import type { OciCapabilities } from '../oci.ts';

/** linux/capability.h, by number. */
const NAMES = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL'],
  ...['CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP', 'CAP_LINUX_IMMUTABLE', 'CAP_NET_BIND_SERVICE'],
  ...['CAP_NET_BROADCAST', 'CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_IPC_LOCK', 'CAP_IPC_OWNER'],
  ...['CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_CHROOT', 'CAP_SYS_PTRACE', 'CAP_SYS_PACCT'],
  ...['CAP_SYS_ADMIN', 'CAP_SYS_BOOT', 'CAP_SYS_NICE', 'CAP_SYS_RESOURCE', 'CAP_SYS_TIME'],
  ...['CAP_SYS_TTY_CONFIG', 'CAP_MKNOD', 'CAP_LEASE', 'CAP_AUDIT_WRITE', 'CAP_AUDIT_CONTROL'],
  ...['CAP_SETFCAP', 'CAP_MAC_OVERRIDE', 'CAP_MAC_ADMIN', 'CAP_SYSLOG', 'CAP_WAKE_ALARM'],
  ...['CAP_BLOCK_SUSPEND', 'CAP_AUDIT_READ', 'CAP_PERFMON', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE'],
];

const ALL = 'ALL';

export interface CapabilityChoice {
  add?: readonly string[];
  drop?: readonly string[];
  privileged?: boolean;
  /** What `ALL` stands for: those that the daemon has itself, as none can be given that it lacks. */
  available?: readonly string[];
}

/** Docker's default set. */
export function defaultCapabilities(): string[] {
  return [
    ...[
      'CAP_CHOWN',
      'CAP_DAC_OVERRIDE',
      'CAP_FSETID',
      'CAP_FOWNER',
      'CAP_MKNOD',
      'CAP_NET_RAW',
      'CAP_SETGID',
    ],
    ...['CAP_SETUID', 'CAP_SETFCAP', 'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL'],
    'CAP_AUDIT_WRITE',
  ];
}

/** In Docker's order of precedence: privileged, add ALL, drop ALL, single ones. Throws `invalid-argument`. */
export function capabilitiesFor(choice: CapabilityChoice): string[] {
  const available = choice.available ?? ownCapabilities();
  if (choice.privileged) return [...available];
  const add = normalize(choice.add ?? [], 'CapAdd');
  const drop = normalize(choice.drop ?? [], 'CapDrop');
  if (add.includes(ALL)) return available.filter((name) => !drop.includes(name));
  const kept = drop.includes(ALL) ? [] : defaultCapabilities().filter((name) => !drop.includes(name));
  return [...new Set([...kept, ...add])];
}

/** Root gets them at once; anybody else only as the bound of what a set-uid program may gain, as execve(2) has it. */
export function ociCapabilities(names: readonly string[], uid: number): OciCapabilities {
  if (uid !== 0) return { bounding: [...names] };
  return { bounding: [...names], effective: [...names], permitted: [...names] };
}

let own: string[] | undefined;

/** Those of this process, which keeps what it has. */
export function ownCapabilities(): string[] {
  own ??= effectiveCapabilities(readFileSync('/proc/self/status', 'latin1'));
  return own;
}

/** proc(5): CapEff is a bit mask in hex. */
export function effectiveCapabilities(status: string): string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return NAMES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

function normalize(names: readonly string[], field: string): string[] {
  return names.map((name) => {
    const upper = name.toUpperCase();
    if (upper === ALL) return ALL;
    const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!NAMES.includes(full)) throw invalidArgument(`invalid ${field}: unknown capability: "${full}"`);
    return full;
  });
}
