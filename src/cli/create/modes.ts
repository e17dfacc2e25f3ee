// What a flag can say of itself before anything is sent: the namespaces to share, and values of a fixed form.

import type { CreateValues } from './request.ts';

/** The shape that each flag's value must have; '' is always good. */
const forms = {
  pid: [/^(host|container:.+)$/, '--pid: invalid PID mode'],
  uts: [/^host$/, '--uts: invalid UTS mode'],
  userns: [/^host$/, '--userns: invalid USER mode'],
  cgroupns: [/^(host|private)$/, '--cgroupns: invalid CGROUP mode'],
} as const;

export function checkModes(flags: CreateValues): void {
  for (const [name, [form, complaint]] of Object.entries(forms)) {
    const value = flags[name as keyof typeof forms];
    if (value !== '' && !form.test(value)) throw new Error(complaint);
  }
  const swappiness = flags['memory-swappiness'];
  if (swappiness < -1 || swappiness > 100) {
    throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  }
  checkMac(flags['mac-address']);
}

/** Six, eight or twenty bytes, separated by colons or dashes, or in groups of two by dots. */
function checkMac(text: string): void {
  const groups = /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2})*$|^[\da-f]{4}(\.[\da-f]{4})+$/i;
  const bytes = text.replaceAll(/[^\da-f]/gi, '').length / 2;
  if (text !== '' && !(groups.test(text) && [6, 8, 20].includes(bytes))) {
    throw new Error(`${text} is not a valid mac address`);
  }
}
