/** What runs: working directory, environment, signals, health check. */
import type { ContainerConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import { parseSignal } from '../signal.ts';

/** Nanoseconds. */
const SHORTEST_DURATION = 1_000_000;

export function validateProcess({ StopSignal, WorkingDir, Env, Healthcheck }: ContainerConfig): void {
  if (StopSignal) parseSignal(StopSignal);
  if (WorkingDir && !WorkingDir.startsWith('/')) {
    throw invalidArgument(
      `the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (WorkingDir?.includes('\0')) throw invalidArgument('the working directory holds a NUL byte');
  const nameless = (Env ?? []).find((entry) => entry === '' || entry.startsWith('='));
  if (nameless !== undefined) throw invalidArgument(`invalid environment variable: ${nameless}`);
  validateHealthcheck(Healthcheck);
}

function validateHealthcheck(check: ContainerConfig['Healthcheck']): void {
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = check?.[key] ?? 0;
    if (value !== 0 && value < SHORTEST_DURATION)
      throw invalidArgument(`${key} in Healthcheck cannot be less than 1ms`);
  }
  if ((check?.Retries ?? 0) < 0) throw invalidArgument('Retries in Healthcheck cannot be negative');
}
