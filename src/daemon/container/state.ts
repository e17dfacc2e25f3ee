/**
 * The life of a container as one table: which event leads from which status to which. Everything that asks "may
 * I?" asks this file; there are no flags beside it.
 */
import type { Health } from '../../api/container.ts';
import { conflict, notModified } from '../../core/errors.ts';
import { NEVER } from '../../core/time.ts';

export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'removing' | 'dead';

/** What happens to a container. `launch-failed`: runc refused; `give-up`: a restart that was planned is off. */
export type Transition =
  | 'start'
  | 'launch-failed'
  | 'pause'
  | 'resume'
  | 'exit'
  | 'plan-restart'
  | 'give-up'
  | 'remove'
  | 'remove-failed';

/** The facts of the latest run, whatever the status is now. Stored in containers/<id>/state. */
export interface ContainerState {
  status: Status;
  /** 0 when nothing runs. */
  pid: number;
  exitCode: number;
  error: string;
  oomKilled: boolean;
  /** RFC 3339, or core/time.ts NEVER. */
  startedAt: string;
  finishedAt: string;
  /** Restarts made by the restart policy since a person last started it. */
  restartCount: number;
  /** Milliseconds that the restart policy waited last; it waits twice as long after the next short run. */
  restartDelay?: number;
  /** A person stopped it: `unless-stopped` and `always` leave it alone until a person starts it. */
  stoppedByHand: boolean;
  /** It is, or is about to be, paused for as long as an image is made of it: a daemon that comes up then lets it go on. */
  pausedForCommit?: boolean;
  /** Present where there is a health check. */
  health?: Health;
}

export const transitions: Record<Status, Partial<Record<Transition, Status>>> = {
  created: { start: 'running', 'launch-failed': 'created', remove: 'removing' },
  running: { pause: 'paused', exit: 'exited', 'plan-restart': 'restarting' },
  paused: { resume: 'running', exit: 'exited', 'plan-restart': 'restarting' },
  restarting: {
    start: 'running',
    'launch-failed': 'exited',
    'plan-restart': 'restarting',
    'give-up': 'exited',
    remove: 'removing',
  },
  exited: { start: 'running', 'launch-failed': 'exited', remove: 'removing' },
  removing: { 'remove-failed': 'dead' },
  dead: { remove: 'removing' },
};

export const initialState: ContainerState = {
  status: 'created',
  pid: 0,
  exitCode: 0,
  error: '',
  oomKilled: false,
  startedAt: NEVER,
  finishedAt: NEVER,
  restartCount: 0,
  stoppedByHand: false,
};

/** Whether somebody tried to start it, with success or not: its files and its networks are settled then. */
export const wasStarted = ({ startedAt, error }: ContainerState): boolean =>
  startedAt !== NEVER || error !== '';

export const isUp = (state: ContainerState) => state.status === 'running' || state.status === 'paused';

/**
 * The state after `transition`, with the facts that came with it. Pure. Throws `conflict` naming both sides, or
 * `not-modified` for what is already so.
 */
export function move(
  state: ContainerState,
  transition: Transition,
  facts: Partial<Omit<ContainerState, 'status'>> = {},
): ContainerState {
  const status = transitions[state.status][transition];
  if (status === undefined) throw refusal(state.status, transition);
  return { ...state, ...facts, ...unwatched(state, transition), status };
}

/** Whose health nobody looks at is unhealthy, as with dockerd; a pause for a commit is too short to count. */
function unwatched({ health, pausedForCommit }: ContainerState, transition: Transition) {
  if (!health || !UNWATCHED.includes(transition) || (transition === 'pause' && pausedForCommit)) return {};
  return { health: { ...health, Status: 'unhealthy' as const } };
}

const UNWATCHED: readonly Transition[] = ['pause', 'exit', 'plan-restart'];

function refusal(status: Status, transition: Transition): Error {
  if (transition === 'start' && status === 'running') return notModified('container is already running');
  return conflict(`a container that is ${status} cannot ${transition.replaceAll('-', ' ')}`);
}
