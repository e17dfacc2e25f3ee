// `--health-*`.

import type { HealthConfig } from '../../api/container-config.ts';
import type { CreateValues } from './request.ts';

export function healthcheckOf(flags: CreateValues): HealthConfig | undefined {
  const timing = {
    Interval: flags['health-interval'],
    Timeout: flags['health-timeout'],
    StartPeriod: flags['health-start-period'],
    StartInterval: flags['health-start-interval'],
    Retries: flags['health-retries'],
  };
  for (const [name, value] of Object.entries(timing)) {
    if (value < 0)
      throw new Error(`--health-${name.replace(/(?<=.)[A-Z]/, '-$&').toLowerCase()} cannot be negative`);
  }
  const timed = Object.values(timing).some((value) => value !== 0);
  const command = flags['health-cmd'];
  if (flags['no-healthcheck']) {
    if (command || timed) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!command && !timed) return undefined;
  const given = Object.entries(timing).filter(([, value]) => value !== 0);
  return { ...(command && { Test: ['CMD-SHELL', command] }), ...Object.fromEntries(given) };
}
