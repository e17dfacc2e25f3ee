/** The destination of a container's logging driver, if it sends lines anywhere. */
import type { Container } from '../container.ts';
import type { Destination } from './destination.ts';
import { openJournald } from './journald.ts';
import { openSyslog } from './syslog.ts';

const DESTINATIONS: Record<string, (container: Container) => Destination> = {
  journald: openJournald,
  syslog: openSyslog,
};

/** Undefined for drivers that only keep. Close it. */
export function openDestination(container: Container): Destination | undefined {
  return DESTINATIONS[container.hostConfig.LogConfig?.Type ?? '']?.(container);
}
