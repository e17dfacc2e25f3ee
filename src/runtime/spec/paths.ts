/** Parts of /proc and /sys that tell about, or change, the whole host: Docker's lists. Absent files are skipped by runc. */

/** Hidden behind an empty file or folder. */
export function maskedPaths(): string[] {
  return [
    ...['/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats'],
    ...['/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware'],
    '/sys/devices/virtual/powercap',
  ];
}

export function readonlyPaths(): string[] {
  return ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
}
