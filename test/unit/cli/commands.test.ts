// Commands against a table of answers: what they ask, what they print, how they end.

import t from 'tap';
import { fakeEngine } from './fake-engine.ts';

const created = Date.parse('2026-11-21T03:57:00Z') / 1000;
const containers = [
  {
    Id: '79f66edb42424213bd9dd12f413bf2d31518aa6a9694595c317810ac783a1497',
    Names: ['/web', '/other/link'],
    Image: 'busybox',
    ImageID: 'sha256:62867ddf39a2',
    Command: 'sh -c "while :; do date; done"',
    Created: created,
    State: 'running',
    Status: 'Up 3 minutes',
    Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
    Labels: { a: 'b', c: '<d>' },
    Mounts: [
      {
        Type: 'volume',
        Name: 'a-volume-with-a-long-name',
        Source: '',
        Destination: '/d',
        Driver: 'local',
        Mode: '',
        RW: true,
        Propagation: '',
      },
    ],
    NetworkSettings: { Networks: { bridge: {} } },
    SizeRw: 1200,
    SizeRootFs: 1983488,
  },
];

t.test('ps', async (t) => {
  const skiff = await fakeEngine(t, { 'GET /containers/json': [200, containers] });
  const rows: [string[], string, query: string][] = [
    [
      ['ps'],
      'CONTAINER ID   IMAGE     COMMAND                   CREATED         STATUS         PORTS                  NAMES\n' +
        '79f66edb4242   busybox   "sh -c \\"while :; do …"   3 minutes ago   Up 3 minutes   0.0.0.0:8080->80/tcp   web\n',
      '',
    ],
    [['container', 'ls', '-aq'], '79f66edb4242\n', '?all=1'],
    [
      ['ps', '--format', '{{.Names}} {{.Label "a"}} {{.Mounts}} {{.Networks}}'],
      'web b a-volume-with-… bridge\n',
      '',
    ],
    [
      ['ps', '--format', 'table {{.ID}}\\t{{.RunningFor}}'],
      'CONTAINER ID   CREATED\n79f66edb4242   3 minutes ago\n',
      '',
    ],
    [['ps', '-s', '--format', '{{.Size}}'], '1.2kB (virtual 1.98MB)\n', '?size=1'],
    [['ps', '-n', '2', '-q'], '79f66edb4242\n', '?all=1&limit=2'],
    [['ps', '-lq', '--no-trunc'], `${containers[0]?.Id}\n`, '?all=1&limit=1'],
    [
      ['ps', '-q', '-f', 'name=web', '-f', 'label=a'],
      '79f66edb4242\n',
      `?filters=${encodeURIComponent('{"name":["web"],"label":["a"]}')}`,
    ],
    [['ps', '--format', '{{json .Labels}}'], '"a=b,c=<d>"\n', ''],
  ];
  for (const [argv, stdout, query] of rows) {
    const ran = await skiff(argv);
    t.match(ran, { code: 0, stderr: '' }, argv.join(' '));
    t.equal(ran.stdout, stdout, argv.join(' '));
    t.equal(ran.seen[0]?.request, `GET /containers/json${query}`);
  }
  const json = await skiff(['ps', '--format', 'json']);
  t.match(JSON.parse(json.stdout), { ID: '79f66edb4242', Names: 'web', LocalVolumes: '1', Platform: null });
  t.ok(json.stdout.includes('\\u003cd\\u003e'), 'as Go writes it');
});

t.test('one name after the other, told apart', async (t) => {
  const skiff = await fakeEngine(t, {
    'POST /containers/a/stop': [204],
    'POST /containers/b/stop': [404, { message: 'No such container: b' }],
    'POST /containers/c/stop': [304],
  });
  const ran = await skiff(['stop', '-t', '3', 'a', 'b', 'c']);
  t.match(ran, { code: 1, stdout: 'a\nc\n', stderr: 'Error response from daemon: No such container: b\n' });
  t.equal(ran.seen[0]?.request, 'POST /containers/a/stop?t=3');
});

t.test('inspect prints what it found and tells what it did not', async (t) => {
  const skiff = await fakeEngine(t, {
    'GET /containers/web/json': [200, { Id: 'x', Config: { Env: [] } }],
    'GET /volumes/data': [200, { Name: 'data' }],
  });
  const rows: [string[], number, string, string][] = [
    [
      ['inspect', 'web'],
      0,
      '[\n    {\n        "Id": "x",\n        "Config": {\n            "Env": []\n        }\n    }\n]\n',
      '',
    ],
    [
      ['inspect', 'nope', 'data'],
      1,
      '[\n    {\n        "Name": "data"\n    }\n]\n',
      'Error: No such object: nope\n',
    ],
    [['inspect', '-f', '{{.Id}}', 'web', 'nope'], 1, 'x\n', 'Error: No such object: nope\n'],
    [
      ['inspect', '-f', '{{.Nope}}', 'web'],
      1,
      '\n',
      'template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"\n',
    ],
    [['inspect', '-f', '{{.Id', 'web'], 64, '', 'template parsing error: template: :1: unclosed action\n'],
    [['inspect', '--format', 'json', 'web'], 0, '[{"Id":"x","Config":{"Env":[]}}]\n', ''],
  ];
  for (const [argv, code, stdout, stderr] of rows)
    t.match(await skiff(argv), { code, stdout, stderr }, argv.join(' '));
});

t.test('prune shows what will go, and asks', async (t) => {
  const skiffd = { Server: 'Skiff/0.1.0 (linux)' };
  const pruned = { ContainersDeleted: ['abc'], SpaceReclaimed: 2048 };
  const skiff = await fakeEngine(t, {
    'GET /_ping': [200, 'OK', skiffd],
    'POST /containers/prune': [200, pruned],
  });

  const no = await skiff(['container', 'prune'], { input: 'n\n' });
  t.match(no, {
    code: 0,
    stdout: /^Would delete Containers:\nabc\n\nSpace to reclaim: 2.048kB\nWARNING! .*\n.*\[y\/N\] $/,
  });
  t.strictSame(
    no.seen.map((each) => each.request),
    ['GET /_ping', 'POST /containers/prune?dryRun=1'],
  );

  const yes = await skiff(['container', 'prune'], { input: 'y\n' });
  t.match(yes.stdout, /Deleted Containers:\nabc\n\nTotal reclaimed space: 2.048kB\n$/);
  t.equal(yes.seen.at(-1)?.request, 'POST /containers/prune');

  t.match(await skiff(['container', 'prune', '-f']), {
    stdout: 'Deleted Containers:\nabc\n\nTotal reclaimed space: 2.048kB\n',
  });
  t.match(await skiff(['container', 'prune', '--dry-run']), { stdout: /^Would delete Containers:\nabc\n/ });
});

t.test('what the settings keep from every prune is kept', async (t) => {
  const pruneFilters = ['label!=keep', 'label=mine', 'nonsense'];
  const home = t.testdir({ '.docker': { 'config.json': JSON.stringify({ pruneFilters }) } });
  const nouns = ['containers', 'networks', 'volumes', 'images', 'build'];
  const skiff = await fakeEngine(
    t,
    Object.fromEntries(nouns.map((noun) => [`POST /${noun}/prune`, [200, {}] as const])),
  );
  const asked = async (...argv: string[]) => {
    const { code, seen } = await skiff([...argv, '-f'], { env: { HOME: home } });
    t.equal(code, 0, argv.join(' '));
    return seen.map(({ request }) =>
      JSON.parse(new URL(request.replace(/^POST /, 'x:'), 'x:').searchParams.get('filters') ?? ''),
    );
  };
  const both = { 'label!': ['keep'], label: ['mine'] };
  for (const noun of ['container', 'network', 'volume', 'image', 'builder', 'system'])
    for (const filters of await asked(noun, 'prune')) t.match(filters, both, noun);
  const [other] = await asked('volume', 'prune', '--filter', 'label=keep', '--filter', 'label!=mine');
  t.strictSame(other, { label: ['keep'], 'label!': ['mine'] }, 'the command line has the last word');
});

t.test('an engine that knows no dry run is never asked for one', async (t) => {
  const skiff = await fakeEngine(t, { 'GET /_ping': [200, 'OK', { Server: 'Docker/28.2.2 (linux)' }] });
  const dry = await skiff(['image', 'prune', '--dry-run']);
  t.match(dry, { code: 1, stderr: 'this engine cannot tell beforehand what it would remove\n' });
  t.strictSame(
    dry.seen.map((each) => each.request),
    ['GET /_ping'],
  );
  const asked = await skiff(['image', 'prune'], { input: 'n\n' });
  t.strictSame(
    asked.seen.map((each) => each.request),
    ['GET /_ping'],
  );
});

t.test('events keep their nanoseconds', async (t) => {
  const event =
    '{"Type":"volume","Action":"create","Actor":{"ID":"v1","Attributes":{"driver":"local","a":"b"}},"scope":"local","time":1795231928,"timeNano":1795231928494920829}\n';
  const skiff = await fakeEngine(t, { 'GET /events': [200, event] });
  t.match(await skiff(['events']), { stdout: /\.494920829\S+ volume create v1 \(a=b, driver=local\)\n$/ });
  t.match(await skiff(['events', '--format', 'json']), { stdout: event });
  t.match(await skiff(['events', '--format', '{{.Action}} {{.TimeNano}} {{.ID}}']), {
    stdout: 'create 1795231928494920829 v1\n',
  });
});

t.test('stats count as Docker does', async (t) => {
  const sample = {
    id: '79f66edb42424213',
    name: '/web',
    pids_stats: { current: 3 },
    cpu_stats: { cpu_usage: { total_usage: 300 }, system_cpu_usage: 2000, online_cpus: 2 },
    precpu_stats: { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1000 },
    memory_stats: { usage: 3_145_728, limit: 10_485_760, stats: { inactive_file: 1_048_576 } },
    networks: { eth0: { rx_bytes: 1000, tx_bytes: 2500 }, eth1: { rx_bytes: 500, tx_bytes: 0 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: 4096 },
        { op: 'write', value: 1e6 },
      ],
    },
  };
  const skiff = await fakeEngine(t, { 'GET /containers/web/stats': [200, sample] });
  t.match(await skiff(['stats', '--no-stream', 'web']), {
    stdout:
      'CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O         BLOCK I/O     PIDS\n' +
      '79f66edb4242   web       40.00%    2MiB / 10MiB        20.00%    1.5kB / 2.5kB   4.1kB / 1MB   3\n',
  });
});

t.test('how a command line goes wrong', async (t) => {
  const skiff = await fakeEngine(t, {});
  const rows: [string[], number, RegExp | string][] = [
    [['nope'], 1, "skiff: unknown command: skiff nope\n\nRun 'skiff --help' for more information\n"],
    [
      ['container', 'nope'],
      1,
      "skiff: unknown command: skiff container nope\n\nUsage:  skiff container\n\nRun 'skiff container --help' for more information\n",
    ],
    [
      ['--nope'],
      125,
      "unknown flag: --nope\n\nUsage:  skiff [OPTIONS] COMMAND [ARG...]\n\nRun 'skiff --help' for more information\n",
    ],
    [
      ['ps', '--nope'],
      125,
      "unknown flag: --nope\n\nUsage:  skiff ps [OPTIONS]\n\nRun 'skiff ps --help' for more information\n",
    ],
    [
      ['rename', 'a'],
      1,
      /^skiff: 'skiff rename' requires 2 arguments\n\nUsage: {2}skiff rename CONTAINER NEW_NAME\n/,
    ],
    [['info', 'x'], 1, /'skiff info' accepts no arguments/],
    [['run'], 1, /'skiff run' requires at least 1 argument\n/],
    [['port'], 1, /requires at least 1 and at most 2 arguments/],
    [['volume', 'create', 'a', 'b'], 1, /requires at most 1 argument\n/],
    [
      ['run', '--restart', 'x:y', 'busybox'],
      125,
      /^skiff: invalid restart policy format: .*\n\nRun 'skiff run --help' for more information\n$/,
    ],
    [
      ['run', '-d', '-a', 'stdout', 'busybox'],
      1,
      'conflicting options: cannot specify both --attach and --detach\n',
    ],
    [['swarm', 'init'], 1, /'swarm' is not available/],
    [['help', 'nope'], 1, 'unknown help topic: nope\n'],
    [
      ['-H', 'unix:///nonexistent', 'ps'],
      1,
      /^Cannot connect to the skiff daemon at unix:\/\/\/nonexistent\./,
    ],
    [['-H', 'foo://x', 'ps'], 1, /unsupported protocol scheme/],
    [['ps'], 1, 'Error response from daemon: no answer for GET /containers/json\n'],
  ];
  for (const [argv, code, stderr] of rows)
    t.match(await skiff(argv), { code, stdout: '', stderr }, argv.join(' '));
});

t.test('execs are listed, and signalled by the beginning of their id', async (t) => {
  const exec = (ID: string, more: object) => ({
    ID,
    Running: true,
    ExitCode: null,
    ContainerID: 'c'.repeat(64),
    Pid: 7,
    ProcessConfig: { tty: false, entrypoint: 'sleep', arguments: ['9'], privileged: false, user: 'app' },
    ...more,
  });
  const [one, two, three] = ['aa1', 'aa2', 'b'].map((id) => id.padEnd(64, '0'));
  const skiff = await fakeEngine(t, {
    'GET /containers/web/json': [200, { ExecIDs: [one, two, three, 'gone'] }],
    [`GET /exec/${one}/json`]: [200, exec(`${one}`, {})],
    [`GET /exec/${two}/json`]: [200, exec(`${two}`, {})],
    [`GET /exec/${three}/json`]: [200, exec(`${three}`, { Running: false, ExitCode: 3 })],
    [`POST /exec/${one}/kill`]: [204],
    [`POST /exec/${two}/kill`]: [204],
  });
  const listed = await skiff(['container', 'execs', '-a', 'web']);
  t.equal(
    listed.stdout,
    'EXEC ID        COMMAND     PID       USER      STATUS\n' +
      'aa1000000000   "sleep 9"   7         app       Running\n' +
      'aa2000000000   "sleep 9"   7         app       Running\n' +
      'b00000000000   "sleep 9"             app       Exited (3)\n',
  );
  t.equal((await skiff(['container', 'execs', '-q', 'web'])).stdout, 'aa1000000000\naa2000000000\n');

  const killed = await skiff(['container', 'exec-kill', '-s', 'TERM', 'web', 'aa1', 'aa', 'x']);
  t.match(killed, {
    code: 1,
    stdout: 'aa1\n',
    stderr: 'Multiple exec instances found with provided prefix: aa\nNo such exec instance: x\n',
  });
  t.equal(killed.seen.at(-1)?.request, `POST /exec/${one}/kill?signal=TERM`);
  const all = await skiff(['container', 'exec-kill', '--all', 'web']);
  t.equal(all.stdout, `${one}\n${two}\n`, 'those that run');
  t.match(await skiff(['container', 'exec-kill', 'web']), { code: 1, stdout: '', seen: [] });
});

t.test(
  'ports tells what the engine knows of their reach, and guesses for an engine that does not say',
  async (t) => {
    const port = { ContainerID: 'x', ContainerName: 'web', PrivatePort: 80, Type: 'tcp', Chains: [] };
    const told = await fakeEngine(t, {
      'GET /skiff/ports': [
        200,
        [
          { ...port, IP: '::', PublicPort: 8082, Reach: 'everyone' },
          { ...port, IP: '0.0.0.0', PublicPort: 8081, Reach: 'firewall', Chains: ['ip filter INPUT'] },
          { ...port, IP: '127.0.0.1', PublicPort: 8080, Reach: 'host' },
        ],
      ],
    });
    const format = ['ports', '--format', '{{.Address}} {{.Port}} {{.Container}} {{.Reach}}'];
    t.equal(
      (await told(format)).stdout,
      '127.0.0.1:8080 80/tcp web this machine\n' +
        "0.0.0.0:8081 80/tcp web this machine; others as the host's firewall decides (ip filter INPUT)\n" +
        '[::]:8082 80/tcp web every machine\n',
    );
    const silent = await fakeEngine(t, { 'GET /containers/json': [200, containers] });
    t.equal((await silent(format)).stdout, '0.0.0.0:8080 80/tcp web unknown: depends on the firewall\n');
  },
);

t.test('a template sees the first network as engines told of it until API 1.51', async (t) => {
  const NetworkSettings = { Networks: { bridge: { IPAddress: '172.17.0.2', IPPrefixLen: 16 } }, Ports: {} };
  const skiff = await fakeEngine(t, {
    'GET /containers/web/json': [200, { Id: 'x', NetworkSettings }],
    'GET /containers/own/json': [200, { Id: 'x', NetworkSettings: { Networks: { mine: {} } } }],
  });
  const format = '{{.NetworkSettings.IPAddress}}/{{.NetworkSettings.IPPrefixLen}}';
  t.equal((await skiff(['inspect', '-f', format, 'web'])).stdout, '172.17.0.2/16\n');
  t.equal((await skiff(['container', 'inspect', '-f', format, 'own'])).stdout, '/0\n');
  const plain = await skiff(['inspect', 'web']);
  t.strictSame(JSON.parse(plain.stdout), [{ Id: 'x', NetworkSettings }]);
});

t.test('push says when it was one image instead of an index', async (t) => {
  const aux = {
    manifestPushedInsteadOfIndex: true,
    originalIndex: { digest: 'sha256:aa' },
    selectedManifest: { digest: 'sha256:bb' },
  };
  const skiff = await fakeEngine(t, { 'POST /images/r.example/x/push': [200, { aux }] });
  const { code, stdout } = await skiff(['push', 'r.example/x:1']);
  t.equal(code, 0);
  t.match(stdout, /Info → Not all multiplatform-content is present[\s\S]*sha256:aa -> sha256:bb\n$/);
});
