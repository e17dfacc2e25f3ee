/** A health check as configured, with Docker's defaults; and what one more result makes of the state. Pure. */
import type { Health, HealthcheckResult } from '../../../api/container.ts';
import type { Container } from '../container.ts';

export interface HealthCheck {
  command: string[];
  /** Milliseconds. */
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

const KEPT = 5;
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** `undefined`: none is configured, or `NONE` takes the image's away. */
export function healthCheckOf({ config }: Container): HealthCheck | undefined {
  const asked = config.Healthcheck;
  const [kind, ...rest] = asked?.Test ?? [];
  if (kind === undefined || kind === 'NONE') return undefined;
  const milliseconds = (nano: number | null | undefined, usual: number) => (nano ? nano / 1e6 : usual);
  return {
    command: kind === 'CMD-SHELL' ? [...(config.Shell ?? DEFAULT_SHELL), ...rest] : rest,
    interval: milliseconds(asked?.Interval, 30_000),
    timeout: milliseconds(asked?.Timeout, 30_000),
    startPeriod: milliseconds(asked?.StartPeriod, 0),
    startInterval: milliseconds(asked?.StartInterval, 5_000),
    retries: asked?.Retries || 3,
  };
}

/** A failure within the start period counts for nothing, until the first success. */
export function judge(
  health: Health,
  result: HealthcheckResult,
  check: HealthCheck,
  starting: boolean,
): Health {
  const Log = [...(health.Log ?? []), result].slice(-KEPT);
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log };
  if (starting && health.Status === 'starting') return { ...health, Log };
  const FailingStreak = health.FailingStreak + 1;
  return { Status: FailingStreak >= check.retries ? 'unhealthy' : health.Status, FailingStreak, Log };
}

/** Milliseconds until the next probe: closer together while it is still starting. */
export function nextProbeIn(health: Health, check: HealthCheck, starting: boolean): number {
  return starting && health.Status === 'starting'
    ? Math.min(check.startInterval, check.interval)
    : check.interval;
}
