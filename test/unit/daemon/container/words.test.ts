import { constants } from 'node:os';
import t from 'tap';
import { parseSize } from '../../../../src/daemon/container/logging/size.ts';
import { parseBind } from '../../../../src/daemon/container/mounts/bind.ts';
import { bindPropagation } from '../../../../src/daemon/container/mounts/propagation.ts';
import { makeUpName, parseName } from '../../../../src/daemon/container/names.ts';
import { parsePort, portRequests } from '../../../../src/daemon/container/ports.ts';
import { parseSize as parseTerminal } from '../../../../src/daemon/container/resize.ts';
import { parseSignal, supportedSignal } from '../../../../src/daemon/container/signal.ts';
import { initialState } from '../../../../src/daemon/container/state.ts';
import { humanDuration, statusText } from '../../../../src/daemon/container/status-text.ts';
import { goDuration, parseMoment, parseTime } from '../../../../src/daemon/container/time.ts';

t.test('names', async (t) => {
  t.equal(parseName('/web.1'), 'web.1');
  for (const bad of ['', 'a', '-a', 'a b', 'a/b', '_x', 'é1'])
    t.throws(() => parseName(bad), /Invalid container name/);
  t.match(
    makeUpName(() => false),
    /^[a-z]+_[a-z]+$/,
  );
  let asked = 0;
  t.match(
    makeUpName(() => asked++ < 6),
    /^[a-z]+_[a-z]+\d$/,
    'a digit is added after six names that were taken',
  );
});

t.test('signals', async (t) => {
  const rows: [string, number][] = [
    ['KILL', 9],
    ['sigterm', 15],
    ['15', 15],
    ['SIGRTMIN', 34],
    ['RTMIN+3', 37],
    ['SIGRTMAX-1', 63],
    ['64', 64],
    ['+9', 9],
    ['99', 99],
    ['-5', -5],
    ['SIGUSR1', constants.signals.SIGUSR1],
  ];
  for (const [text, number] of rows) t.equal(parseSignal(text), number, text);
  for (const bad of ['', '0', 'SIG9', 'SIGNOPE', '2.5', 'RTMAX+1', '9'.repeat(30)])
    t.throws(() => parseSignal(bad), /Invalid signal/, bad);
  for (const sent of [1, 31, 34, 64]) t.equal(supportedSignal(sent), sent);
  for (const none of [-5, 0, 32, 33, 65, 99])
    t.throws(() => supportedSignal(none), { message: `The linux daemon does not support signal ${none}` });
});

t.test('ports', async (t) => {
  t.strictSame(parsePort('53/udp'), { containerPort: 53, protocol: 'udp' });
  for (const bad of ['', '0', '70000', '80/icmp', 'http', '80/tcp/udp']) t.throws(() => parsePort(bad), bad);
  const requests = portRequests({
    config: { ExposedPorts: { '80/tcp': {}, '9/udp': {} } },
    hostConfig: {
      PublishAllPorts: true,
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8000-8002' }] },
    },
  });
  t.strictSame(requests, [
    { containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8000, hostPortEnd: 8002 },
    { containerPort: 9, protocol: 'udp', hostIp: '', hostPort: 0 },
  ]);
  const named = { '80/tcp': [{ HostPort: '' }], '81/tcp': [{ HostPort: '8081' }] };
  const ordered = portRequests({ config: {}, hostConfig: { PortBindings: named } });
  t.strictSame(
    ordered.map(({ hostPort }) => hostPort),
    [8081, 0],
    'no free port is looked for before those that are named are taken',
  );
  const backwards = { '80/tcp': [{ HostPort: '9-8' }] };
  t.throws(() => portRequests({ config: {}, hostConfig: { PortBindings: backwards } }), /invalid port/);
});

t.test('binds', async (t) => {
  t.match(parseBind('/a:/b:ro'), { source: '/a', target: '/b', readOnly: true, propagation: '' });
  t.match(parseBind('data:/b/:nocopy'), { source: 'data', target: '/b', copy: false, propagation: '' });
  t.match(parseBind('/cache'), { source: '', target: '/cache' });
  t.match(parseBind('/a:/b:rshared,ro'), { propagation: 'rshared', readOnly: true });
  for (const bad of ['', ':', '/a:/b:/c:/d', '/a:b', '/a:/', 'x:/b:rslave', '/a:/b:ro,rw', '/a:/b:wat']) {
    t.throws(() => parseBind(bad), /invalid/, bad);
  }
});

t.test('what is mounted from where the engine keeps its own follows the host', async (t) => {
  const propagation = (source: string, asked: string) => bindPropagation('/var/lib/skiff', source, asked);
  t.equal(propagation('/var/lib/skiffer', ''), 'rprivate');
  t.equal(propagation('/var/lib/skiffer', 'private'), 'private');
  for (const source of ['/', '/var/lib', '/var/lib/skiff', '/var/lib/skiff/volumes/..a']) {
    t.equal(propagation(source, ''), 'rslave', source);
    t.equal(propagation(source, 'rshared'), 'rshared', source);
    for (const asked of ['private', 'rprivate', 'slave', 'shared'])
      t.throws(() => propagation(source, asked), /^invalid mount config: must use either propagation mode/);
  }
});

t.test('the size of a terminal', async (t) => {
  t.strictSame(parseTerminal('24', '80'), { height: 24, width: 80 });
  const rows: [string | undefined, string | undefined, string][] = [
    [undefined, '80', 'invalid resize height "": invalid syntax'],
    ['24', 'wide', 'invalid resize width "wide": invalid syntax'],
    ['1.5', '80', 'invalid resize height "1.5": invalid syntax'],
    ['-1', '80', 'invalid resize height "-1": value out of range'],
    ['24', '65536', 'invalid resize width "65536": value out of range'],
  ];
  for (const [h, w, message] of rows)
    t.throws(() => parseTerminal(h, w), { kind: 'invalid-argument', message });
});

t.test('sizes and times', async (t) => {
  t.equal(parseSize('10m'), 10 * 2 ** 20);
  t.equal(parseSize('1.5kb'), 1536);
  t.throws(() => parseSize('10 potatoes'), /invalid size/);
  t.equal(goDuration('1h30m'), 5400e9);
  t.equal(goDuration('1x'), undefined);
  t.equal(parseTime('10.5'), 10.5e9);
  t.equal(parseTime('2026-01-02T00:00:00Z'), Date.parse('2026-01-02') * 1e6);
  t.equal(parseTime('10s', 100e9), 90e9);
  t.equal(parseMoment('1795954569.591000001'), 1795954569591000001n);
  t.equal(
    parseMoment('2026-01-02T00:00:00.5Z'),
    BigInt(Date.parse('2026-01-02')) * 1_000_000n + 500_000_000n,
  );
  t.throws(() => parseTime('yesterday'), /invalid time/);
});

t.test('the status column', async (t) => {
  const now = Date.parse('2026-01-01T01:00:00Z');
  const at = (seconds: number) => new Date(now - seconds * 1000).toISOString();
  const health = { Status: 'healthy' as const, FailingStreak: 0, Log: [] };
  const rows: [Partial<typeof initialState>, string][] = [
    [{}, 'Created'],
    [{ status: 'running', startedAt: at(180) }, 'Up 3 minutes'],
    [{ status: 'running', startedAt: at(5), health }, 'Up 5 seconds (healthy)'],
    [{ status: 'paused', startedAt: at(90) }, 'Up About a minute (Paused)'],
    [{ status: 'exited', exitCode: 137, finishedAt: at(3600) }, 'Exited (137) About an hour ago'],
    [{ status: 'restarting', exitCode: 1, finishedAt: at(0.5) }, 'Restarting (1) Less than a second ago'],
  ];
  for (const [state, text] of rows) t.equal(statusText({ ...initialState, ...state }, now), text);
  const durations: [number, string][] = [
    [1, '1 second'],
    [59, '59 seconds'],
    [46 * 60, 'About an hour'],
    [47 * 3600, '47 hours'],
    [72 * 3600, '3 days'],
    [15 * 86400, '2 weeks'],
    [70 * 86400, '2 months'],
    [800 * 86400, '2 years'],
  ];
  for (const [seconds, text] of durations) t.equal(humanDuration(seconds), text);
});
