import t from 'tap';
import { isKind } from '../../../../src/core/errors.ts';
import {
  initialState,
  move,
  type Status,
  type Transition,
  transitions,
} from '../../../../src/daemon/container/state.ts';

const STATUSES: Status[] = ['created', 'running', 'paused', 'restarting', 'exited', 'removing', 'dead'];
const TRANSITIONS: Transition[] = [
  'start',
  'launch-failed',
  'pause',
  'resume',
  'exit',
  'plan-restart',
  'give-up',
  'remove',
  'remove-failed',
];

/** The whole table, written down a second time: rows are statuses, columns transitions, `-` is refused. */
const EXPECTED: Record<Status, string> = {
  //          start   launch-failed pause  resume  exit   plan-restart give-up remove   remove-failed
  created: '  running created       -      -       -      -            -       removing -',
  running: '  -       -             paused -       exited restarting   -       -        -',
  paused: '   -       -             -      running exited restarting   -       -        -',
  restarting: 'running exited       -      -       -      restarting   exited  removing -',
  exited: '   running exited        -      -       -      -            -       removing -',
  removing: ' -       -             -      -       -      -            -       -        dead',
  dead: '     -       -             -      -       -      -            -       removing -',
};

t.test('every cell of the transition table', async (t) => {
  t.strictSame(Object.keys(transitions).sort(), [...STATUSES].sort());
  for (const status of STATUSES) {
    const cells = EXPECTED[status].trim().split(/\s+/);
    t.equal(cells.length, TRANSITIONS.length, `${status} has a cell for each transition`);
    for (const [index, transition] of TRANSITIONS.entries()) {
      const expected = cells[index];
      const before = { ...initialState, status };
      if (expected === '-') {
        t.throws(() => move(before, transition), { name: 'EngineError' }, `${status} refuses ${transition}`);
      } else {
        t.equal(move(before, transition).status, expected, `${status} + ${transition}`);
      }
    }
  }
});

t.test('a refusal names both sides; what is already so is not modified', async (t) => {
  t.throws(() => move({ ...initialState, status: 'dead' }, 'pause'), {
    kind: 'conflict',
    message: /dead.*pause/,
  });
  try {
    move({ ...initialState, status: 'running' }, 'start');
    t.fail('a running container was started');
  } catch (error) {
    t.ok(isKind(error, 'not-modified'));
  }
});

t.test('facts come along, and the state before is left alone', async (t) => {
  const before = Object.freeze({ ...initialState });
  const after = move(before, 'start', { pid: 7, startedAt: '2026-01-01T00:00:00Z' });
  t.match(after, { status: 'running', pid: 7, exitCode: 0 });
  t.equal(before.pid, 0);
});

t.test('whose health nobody looks at is unhealthy', async (t) => {
  const running = { ...initialState, status: 'running' as const, health: health('healthy') };
  for (const transition of ['pause', 'exit', 'plan-restart'] as const)
    t.match(move(running, transition), { health: { Status: 'unhealthy' } }, transition);
  t.match(move({ ...running, pausedForCommit: true }, 'pause'), { health: { Status: 'healthy' } });
  t.notOk(move({ ...running, health: undefined }, 'exit').health);
});

const health = (Status: 'healthy') => ({ Status, FailingStreak: 0, Log: [] });
