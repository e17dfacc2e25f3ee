/** What systemd tells a service and wants to be told: sd_listen_fds(3), sd_notify(3). Without systemd, nothing. */
import type { Logger } from 'pino';
import { messageOf } from '../../core/errors.ts';
import { sendUnixDatagram } from '../../kernel/datagram.ts';

/** SD_LISTEN_FDS_START */
const FIRST = 3;

/** The sockets that were handed over, by name; those without one are `unknown`. */
export function passedSockets(env: NodeJS.ProcessEnv): { fd: number; name: string }[] {
  if (Number(env.LISTEN_PID) !== process.pid) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  const count = Number(env.LISTEN_FDS);
  if (!Number.isInteger(count) || count < 1) return [];
  return Array.from({ length: count }, (_, at) => ({ fd: FIRST + at, name: names[at] || 'unknown' }));
}

/** `READY=1`, `STOPPING=1`, `RELOADING=1` … A service manager that cannot be reached is no reason to fail. */
export function notifySystemd(env: NodeJS.ProcessEnv, state: string, logger: Logger): void {
  if (!env.NOTIFY_SOCKET) return;
  try {
    sendUnixDatagram(env.NOTIFY_SOCKET, state, { patient: true });
  } catch (error) {
    logger.warn({ reason: messageOf(error) }, 'the service manager could not be notified');
  }
}

/** Whether this service is stopped because the whole machine is. False where systemd is not the one that stops it. */
export async function isMachineStopping(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (!env.NOTIFY_SOCKET) return false;
  const { execa } = await import('execa');
  const { stdout } = await execa('systemctl', ['is-system-running'], {
    reject: false,
    timeout: 5000,
    stdin: 'ignore',
  });
  return stdout?.trim() === 'stopping';
}
