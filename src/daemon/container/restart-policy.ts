/**
 * Docker's restart policies: `no`, `on-failure[:n]`, `always`, `unless-stopped`. The delay doubles from 100 ms to a
 * minute, and begins anew once a container has been up for ten seconds.
 */
import { messageOf } from '../../core/errors.ts';
import type { Exit } from '../../runtime/task.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { startContainer } from './start.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
const STABLE_AFTER = 10_000;

/** Milliseconds until the policy starts it again; `undefined`: never. Pure, but for the clock it is given. */
export function restartDelay(container: Container, exit: Exit, now: bigint): number | undefined {
  if (!wantsRestart(container, exit.code)) return undefined;
  const upFor = Number(now / 1_000_000n) - Date.parse(container.state.startedAt);
  const last = upFor >= STABLE_AFTER ? 0 : (container.state.restartDelay ?? 0);
  return last === 0 ? FIRST_DELAY : Math.min(last * 2, LONGEST_DELAY);
}

function wantsRestart({ state, hostConfig }: Container, code: number): boolean {
  const policy = hostConfig.RestartPolicy;
  if (state.stoppedByHand) return false;
  switch (policy?.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return code !== 0 && (!policy.MaximumRetryCount || state.restartCount < policy.MaximumRetryCount);
    default:
      return false;
  }
}

/** Starts the container after the delay, unless a person stopped, started or removed it meanwhile. */
export function planRestart(engine: Engine, container: Container, delay: number): void {
  const timer = setTimeout(() => {
    if (container.state.status !== 'restarting' || engine.goingDown) return;
    startContainer(engine, container, { byPolicy: true }).catch((error) => {
      engine.logger.warn({ container: container.id }, `restart failed: ${messageOf(error)}`);
    });
  }, delay);
  timer.unref();
}

/** After the daemon (or the machine) was away: which of those that do not run should run. */
export function wantsStartAtBoot(container: Container): boolean {
  const { state, hostConfig } = container;
  switch (hostConfig.RestartPolicy?.Name) {
    case 'always':
      return state.status !== 'created';
    case 'unless-stopped':
      return state.status !== 'created' && !state.stoppedByHand;
    case 'on-failure':
      return state.status === 'restarting' || failedWhileAway(container);
    default:
      return false;
  }
}

/** Ended badly with tries left, and not started again since: the machine went down then. */
function failedWhileAway(container: Container): boolean {
  const { status, exitCode } = container.state;
  return status === 'exited' && wantsRestart(container, exitCode);
}
