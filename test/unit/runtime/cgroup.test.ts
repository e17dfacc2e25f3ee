import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type CgroupPaths, openCgroup, pidsIn } from '../../../src/runtime/cgroup/cgroup.ts';
import { ownGroup } from '../../../src/runtime/cgroup/expect-move.ts';
import { watchOomEvents } from '../../../src/runtime/cgroup/oom-events.ts';
import { waitUntil } from '../../harness/wait-until.ts';

t.test('version 2', async (t) => {
  const path = t.testdir({
    'cpu.stat':
      'usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 5\nnr_throttled 2\nthrottled_usec 7\n',
    'memory.current': '4096\n',
    'memory.max': 'max\n',
    'memory.stat':
      'anon 100\nfile 200\nkernel 9\ninactive_file 50\nworkingset_refault_anon 1\nworkingset_refault_file 2\n',
    'memory.events': 'low 0\nhigh 0\nmax 4\noom 2\noom_kill 1\n',
    'pids.current': '3\n',
    'pids.max': '20\n',
    'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n\n',
    'cgroup.procs': '11\n12\n',
    inner: { 'cgroup.procs': '13\n', deep: { 'cgroup.procs': '' } },
  });
  const cgroup = openCgroup({ '': path });
  t.equal(cgroup.oomKills(), 1);
  t.strictSame(pidsIn(cgroup.main), [11, 12, 13], 'those in groups below count');
  const stats = cgroup.stats();
  const { anon, file, inactive_file, workingset_refault, pgfault, ...others } = stats.memory.stats;
  t.strictSame([anon, file, inactive_file, workingset_refault, pgfault], [100, 200, 50, 3, 0]);
  t.match([Object.keys(others).length, others.kernel], [26, undefined], "Docker's, no more and no less");
  t.strictSame(stats, {
    cgroupVersion: 2,
    cpu: { total: 3e6, user: 2e6, kernel: 1e6, periods: 5, throttledPeriods: 2, throttledTime: 7000 },
    memory: {
      usage: 4096,
      limit: Number.MAX_SAFE_INTEGER,
      stats: stats.memory.stats,
    },
    pids: { current: 3, limit: 20 },
    blkio: {
      io_service_bytes_recursive: [
        { major: 8, minor: 0, op: 'read', value: 10 },
        { major: 8, minor: 0, op: 'write', value: 20 },
      ],
    },
  });
});

t.test('version 2: kills for want of memory are told, what came before and what follows', async (t) => {
  const events = (max: number, kills: number) => `low 0\nmax ${max}\noom ${kills}\noom_kill ${kills}\n`;
  const path = t.testdir({ 'memory.events': events(0, 2) });
  const told: number[] = [];
  const open = (known: number) => watchOomEvents(path, known, (times) => told.push(times));
  open(2).close();
  t.strictSame(told, [], 'these are known');
  const watch = open(1);
  t.strictSame(told, [2]);
  writeFileSync(join(path, 'memory.events'), events(9, 2));
  writeFileSync(join(path, 'memory.events'), events(9, 3));
  await waitUntil('another is told', () => told.length === 2);
  writeFileSync(join(path, 'memory.events'), events(9, 5));
  watch.close();
  t.strictSame(told, [2, 3, 5], 'a limit that is reached is none');
  t.doesNotThrow(
    () => watchOomEvents(join(path, 'no-such'), 0, () => t.fail()).close(),
    'without the controller',
  );
});

t.test('version 1', async (t) => {
  const path = t.testdir({
    cpu: { 'cpu.stat': 'nr_periods 5\nnr_throttled 2\nthrottled_time 7\n' },
    cpuacct: {
      'cpuacct.usage': '3000\n',
      'cpuacct.stat': 'user 2\nsystem 1\n',
      'cpuacct.usage_percpu': '1000 2000 \n',
    },
    memory: {
      'memory.usage_in_bytes': '4096\n',
      'memory.limit_in_bytes': '8192\n',
      'memory.max_usage_in_bytes': '5000\n',
      'memory.failcnt': '1\n',
      'memory.stat': 'cache 10\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
    },
    pids: { 'pids.current': '1\n', 'pids.max': 'max\n', 'cgroup.procs': '11\n' },
    blkio: { 'blkio.throttle.io_service_bytes_recursive': '8:0 Read 10\n8:0 Write 20\nTotal 30\n' },
  });
  const controllers = ['cpu', 'cpuacct', 'memory', 'pids', 'blkio'];
  const cgroup = openCgroup(Object.fromEntries(controllers.map((name) => [name, join(path, name)])));
  t.equal(cgroup.oomKills(), 3);
  t.strictSame(pidsIn(cgroup.main), [11]);
  t.match(cgroup.stats(), {
    cgroupVersion: 1,
    cpu: {
      total: 3000,
      user: 2e7,
      kernel: 1e7,
      perCpu: [1000, 2000],
      periods: 5,
      throttledPeriods: 2,
      throttledTime: 7,
    },
    memory: { usage: 4096, limit: 8192, maxUsage: 5000, failcnt: 1, stats: { cache: 10 } },
    pids: { current: 1, limit: undefined },
    blkio: {
      io_service_bytes_recursive: [
        { major: 8, minor: 0, op: 'Read', value: 10 },
        { major: 8, minor: 0, op: 'Write', value: 20 },
      ],
      io_serviced_recursive: [],
    },
  });
});

t.test('a group that is gone has nothing', async (t) => {
  const path = join(t.testdir(), 'gone');
  for (const paths of [{ '': path }, { memory: path, pids: path }, {}] as CgroupPaths[]) {
    const cgroup = openCgroup(paths);
    t.strictSame(pidsIn(cgroup.main), []);
    t.equal(cgroup.oomKills(), undefined);
    t.match(cgroup.stats(), { memory: { usage: 0 }, pids: { current: 0 } });
  }
});

t.test('the group that this process is in, in any hierarchy', async (t) => {
  const rows: [table: string, path: string | undefined][] = [
    ['9:name=systemd:/\n8:pids:/a\n0::/\n', '/sys/fs/cgroup/systemd/'],
    ['8:cpu,cpuacct:/a/b\n0::/\n', '/sys/fs/cgroup/cpu,cpuacct/a/b'],
    ['0::/system.slice/skiff.service\n', '/sys/fs/cgroup/system.slice/skiff.service'],
    ['8:pids:/../other\n0::/\n', '/sys/fs/cgroup/'],
    ['0::/../..\n', undefined],
    ['', undefined],
  ];
  for (const [table, path] of rows) t.equal(ownGroup(table), path, JSON.stringify(table));
});
