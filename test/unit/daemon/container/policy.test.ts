import t from 'tap';
import type { HostConfig } from '../../../../src/api/container.ts';
import type { Container } from '../../../../src/daemon/container/container.ts';
import { healthCheckOf, judge } from '../../../../src/daemon/container/health/check.ts';
import { withImageDefaults } from '../../../../src/daemon/container/image-defaults.ts';
import { restartDelay, wantsStartAtBoot } from '../../../../src/daemon/container/restart-policy.ts';
import { initialState } from '../../../../src/daemon/container/state.ts';

const NOW = 1_000_000_000_000n;
const startedAgo = (ms: number) => new Date(Number(NOW / 1_000_000n) - ms).toISOString();

function container(hostConfig: HostConfig, state: Partial<Container['state']> = {}): Container {
  return {
    config: {},
    hostConfig,
    state: { ...initialState, startedAt: startedAgo(100), ...state },
  } as Container;
}

const exit = (code: number) => ({ code, at: NOW, oomKilled: false });

t.test('restart policies', async (t) => {
  const policy = (Name: string, MaximumRetryCount = 0) => ({ RestartPolicy: { Name, MaximumRetryCount } });
  const rows: [string, Container, number, number | undefined][] = [
    ['no', container(policy('no')), 1, undefined],
    ['always, clean exit', container(policy('always')), 0, 100],
    ['always, after a wait of 400 ms', container(policy('always'), { restartDelay: 400 }), 1, 800],
    ['always, after a long wait', container(policy('always'), { restartDelay: 51_200 }), 1, 60_000],
    ['always, a short run after a long one', container(policy('always'), { restartCount: 9 }), 1, 100],
    [
      'always, after ten seconds up',
      container(policy('always'), { restartDelay: 6400, startedAt: startedAgo(10_000) }),
      1,
      100,
    ],
    ['always, stopped by hand', container(policy('always'), { stoppedByHand: true }), 0, undefined],
    ['unless-stopped', container(policy('unless-stopped')), 0, 100],
    ['on-failure, clean exit', container(policy('on-failure')), 0, undefined],
    ['on-failure', container(policy('on-failure')), 3, 100],
    ['on-failure:2, tried twice', container(policy('on-failure', 2), { restartCount: 2 }), 3, undefined],
  ];
  for (const [name, subject, code, delay] of rows)
    t.equal(restartDelay(subject, exit(code), NOW), delay, name);
});

t.test('what starts at boot', async (t) => {
  const rows: [string, Partial<Container['state']>, boolean][] = [
    ['always', { status: 'exited', stoppedByHand: true }, true],
    ['always', { status: 'created' }, false],
    ['unless-stopped', { status: 'exited', stoppedByHand: true }, false],
    ['unless-stopped', { status: 'exited' }, true],
    ['on-failure', { status: 'restarting' }, true],
    ['on-failure', { status: 'exited', exitCode: 137 }, true],
    ['on-failure', { status: 'exited', exitCode: 0 }, false],
    ['on-failure', { status: 'exited', exitCode: 137, stoppedByHand: true }, false],
    ['on-failure', { status: 'created', exitCode: 127 }, false],
    ['no', { status: 'exited' }, false],
  ];
  for (const [Name, state, expected] of rows) {
    t.equal(
      wantsStartAtBoot(container({ RestartPolicy: { Name } }, state)),
      expected,
      `${Name} ${state.status}`,
    );
  }
});

t.test('health: three failures in a row, none of them in the start period', async (t) => {
  const subject = container({});
  subject.config.Healthcheck = { Test: ['CMD-SHELL', 'true'], Interval: 1e9 };
  const check = healthCheckOf(subject);
  t.match(check, { command: ['/bin/sh', '-c', 'true'], interval: 1000, timeout: 30_000, retries: 3 });
  if (!check) return;
  const result = (ExitCode: number) => ({ Start: '', End: '', ExitCode, Output: '' });
  let health = judge({ Status: 'starting', FailingStreak: 0, Log: [] }, result(1), check, true);
  t.match(health, { Status: 'starting', FailingStreak: 0 });
  for (const expected of ['starting', 'starting', 'unhealthy']) {
    health = judge(health, result(1), check, false);
    t.equal(health.Status, expected);
  }
  for (let i = 0; i < 9; i++) health = judge(health, result(0), check, false);
  t.match(health, { Status: 'healthy', FailingStreak: 0 });
  t.equal(health.Log?.length, 5, 'the last five are kept');
  subject.config.Healthcheck = { Test: ['NONE'] };
  t.equal(healthCheckOf(subject), undefined);
});

t.test('what a container takes from its image', async (t) => {
  const image = { Entrypoint: ['/e'], Cmd: ['c'], Env: ['A=1', 'B=2'], WorkingDir: '/w', Labels: { l: 'i' } };
  t.match(withImageDefaults({}, image), { Entrypoint: ['/e'], Cmd: ['c'], WorkingDir: '/w' });
  t.match(withImageDefaults({ Cmd: ['x'] }, image), { Entrypoint: ['/e'], Cmd: ['x'] });
  t.match(withImageDefaults({ Entrypoint: ['/f'] }, image), { Entrypoint: ['/f'], Cmd: null });
  t.match(withImageDefaults({ Entrypoint: [''], Cmd: ['x'] }, image), { Entrypoint: null, Cmd: ['x'] });
  t.strictSame(withImageDefaults({ Env: ['B=3'] }, image).Env, ['B=3', 'A=1']);
  t.strictSame(withImageDefaults({ Labels: { m: 'p' } }, image).Labels, { l: 'i', m: 'p' });
});
