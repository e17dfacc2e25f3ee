import { join } from 'node:path';
import t from 'tap';
import { parseCommandLine, usage } from '../../../src/daemon/config/command-line.ts';
import { type DaemonConfig, settle } from '../../../src/daemon/config/config.ts';
import { formatHost, parseHost } from '../../../src/daemon/config/host.ts';
import { loadConfig } from '../../../src/daemon/config/load.ts';
import { OPTIONS } from '../../../src/daemon/config/options.ts';
import { parseSize } from '../../../src/daemon/config/size.ts';

const of = (...args: string[]) => settle(parseCommandLine(args).settings);
const refusal = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

t.test('without a flag: the defaults', async (t) => {
  t.match(of(), {
    hosts: [{ type: 'unix', path: '/run/skiff/skiff.sock' }],
    dataRoot: '/var/lib/skiff',
    execRoot: '/run/skiff',
    pidFile: '/run/skiff/skiffd.pid',
    instance: 'skiff',
    logLevel: 'info',
    cgroupParent: '/skiff',
    defaultRuntime: 'runc',
    defaultShmSize: 64 * 1024 * 1024,
    maxConcurrentDownloads: 3,
  } satisfies Partial<DaemonConfig>);
});

t.test('flags as dockerd spells them', async (t) => {
  const rows: [string[], Partial<DaemonConfig>][] = [
    [
      ['-H', 'unix:///a', '--host=tcp://[::1]:5'],
      { hosts: [parseHost('unix:///a'), parseHost('tcp://[::1]:5')] },
    ],
    [['-D'], { logLevel: 'debug' }],
    [['--debug=true'], { logLevel: 'debug' }],
    [['--debug=false', '-l', 'warn'], { logLevel: 'warn' }],
    [['--data-root', '/a/../b'], { dataRoot: '/b' }],
    [
      ['--add-runtime', 'crun=/usr/bin/crun', '--default-runtime=crun'],
      { runtimes: { crun: '/usr/bin/crun' } },
    ],
    [['--default-ulimit', 'nofile=10:20'], { defaultUlimits: { nofile: { Soft: 10, Hard: 20 } } }],
    [['--default-ulimit', 'core=-1'], { defaultUlimits: { core: { Soft: -1, Hard: -1 } } }],
    [
      ['--default-address-pool', 'base=10.0.0.0/8,size=24'],
      { defaultAddressPools: [{ base: '10.0.0.0/8', size: 24 }] },
    ],
    [
      [
        ...['--ipv6', '--fixed-cidr-v6', 'fd00:1::/64', '--fixed-cidr=10.9.0.0/25', '--icc=false'],
        ...[
          '--default-gateway',
          '10.9.0.254',
          '--userland-proxy=false',
          '--ip-masq=false',
          '--ip',
          '127.0.0.1',
        ],
      ],
      {
        ...{ ipv6: true, fixedCidr6: 'fd00:1::/64', fixedCidr: '10.9.0.0/25', icc: false },
        ...{ defaultGateway: '10.9.0.254', userlandProxy: false, ipMasq: false, defaultIp: '127.0.0.1' },
        ipForward: true,
      },
    ],
    [
      ['--mtu', '1400', '--bip', '10.9.0.1/24', '-b', 'br0'],
      { mtu: 1400, bip: '10.9.0.1/24', bridge: 'br0' },
    ],
    [
      ['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'],
      { logOptions: { 'max-size': '1m', 'max-file': '2' } },
    ],
    [
      [
        ...[
          '--init',
          '--no-new-privileges',
          '--default-ipc-mode=shareable',
          '--default-cgroupns-mode',
          'host',
        ],
        ...['--host-gateway-ip', '10.0.0.1', '--host-gateway-ip=fd00::1', '--http-proxy', 'http://p:1'],
      ],
      {
        ...{ init: true, noNewPrivileges: true, defaultIpcMode: 'shareable', defaultCgroupnsMode: 'host' },
        ...{ hostGatewayIps: ['10.0.0.1', 'fd00::1'], proxies: { HTTP_PROXY: 'http://p:1' }, unused: [] },
      },
    ],
    [['--default-shm-size', '1g'], { defaultShmSize: 1024 ** 3 }],
    [['--exec-root', '/run/other'], { pidFile: '/run/other/skiffd.pid' }],
    [['--exec-root', '/run/other', '--instance', 'b2'], { instance: 'b2', cgroupParent: '/b2' }],
  ];
  for (const [args, expected] of rows) t.match(of(...args), expected, args.join(' '));
  t.match(of('--exec-root', '/run/other').instance, /^s[0-9a-f]{7}$/);
  t.equal(of('--exec-root', '/run/other').instance, of('--exec-root', '/run/other/').instance);
});

t.test('what was written for dockerd is taken, and what it does not change is said', async (t) => {
  const { unused } = of(
    ...['--containerd', '/run/c.sock', '--containerd-namespace', 'n', '--containerd-plugins-namespace', 'p'],
    ...[
      '--iptables=false',
      '--ip6tables=false',
      '--experimental',
      '--exec-opt',
      'native.cgroupdriver=systemd',
    ],
    ...['--rootless=false', '--userns-remap', '', '--selinux-enabled=false', '--userland-proxy-path', '/x'],
  );
  const names = ['native.cgroupdriver=systemd', 'containerd', 'containerd-namespace'];
  names.push('containerd-plugin-namespace', 'experimental', 'iptables', 'ip6tables', 'userland-proxy-path');
  t.strictSame(
    unused.map((words) => words.split(' changes nothing: ')[0]),
    names,
  );
});

t.test('what cannot be is refused by name', async (t) => {
  const rows: [string[], RegExp][] = [
    [['--nonsense'], /nonsense/],
    [['extra'], /"skiffd" accepts no arguments: extra/],
    [['-H', 'ftp://x'], /^Invalid bind address format: ftp:\/\/x$/],
    [['-H', 'unix://relative'], /^Invalid bind address format/],
    [['--data-root', 'relative'], /^data-root must be an absolute path: relative$/],
    [['--log-level', 'loud'], /^unable to parse logging level: loud$/],
    [['--instance', 'Toolongname'], /^invalid instance/],
    [['--mtu', 'x'], /^invalid argument "x" for "--mtu" flag/],
    [['--add-runtime', 'crun'], /^invalid argument "crun" for "--add-runtime" flag/],
    [['--default-ulimit', 'nofile=x'], /nofile needs a soft and a hard limit/],
    [['--default-shm-size', 'big'], /^default-shm-size: invalid size: 'big'$/],
    [['--storage-driver', 'zfs'], /^storage driver zfs is not supported/],
    [['--exec-opt', 'native.cgroupdriver=nope'], /^native.cgroupdriver option nope not supported/],
    [['--default-ipc-mode', 'host'], /^default-ipc-mode: host is not supported: private or shareable$/],
    [['--host-gateway-ip', 'here'], /^host-gateway-ips: here is no IP address$/],
    [['--userns-remap', 'default'], /^userns-remap: user namespaces are not supported/],
    [['--authorization-plugin', 'x'], /^authorization-plugins: plugins are not supported/],
    [['--rootless'], /^rootless: skiffd needs root$/],
    [['--exec-opt', 'nope=1'], /^exec-opts: nope=1 is not known/],
    [['--live-restore=false'], /^live-restore cannot be turned off/],
    [['--tlsverify'], /^TLS is asked for but tlscacert is not set$/],
  ];
  for (const [args, words] of rows)
    t.match(
      refusal(() => of(...args)),
      words,
      args.join(' '),
    );
});

t.test('daemon.json', async (t) => {
  const file = (content: unknown, ...args: string[]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const path = join(t.testdir({ 'daemon.json': text }), 'daemon.json');
    return loadConfig(parseCommandLine(['--config-file', path, ...args]));
  };
  t.match(
    file({
      hosts: ['unix:///x'],
      'log-level': 'warn',
      runtimes: { crun: { path: '/usr/bin/crun' } },
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 1, Hard: 2 } },
      'default-address-pools': [{ base: '10.0.0.0/8', size: 24 }],
      'registry-mirrors': ['https://m'],
      features: { buildkit: true },
      proxies: { 'https-proxy': 'http://p:1', 'no-proxy': 'x' },
    }),
    {
      hosts: [{ type: 'unix', path: '/x' }],
      logLevel: 'warn',
      runtimes: { crun: '/usr/bin/crun' },
      defaultUlimits: { nofile: { Soft: 1, Hard: 2 } },
      defaultAddressPools: [{ base: '10.0.0.0/8', size: 24 }],
      registryMirrors: ['https://m'],
      proxies: { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x' },
      unused: [/^features changes nothing/],
    },
  );
  t.equal(file('').logLevel, 'info', 'an empty file says nothing');
  t.match(
    refusal(() => file('{')),
    /^unable to configure the daemon with file .*daemon\.json: /,
  );
  t.match(
    refusal(() => file('[]')),
    /it holds no JSON object$/,
  );
  t.match(
    refusal(() => file({ debug: 'x' })),
    /debug must be true or false$/,
  );
  t.match(
    refusal(() => file({ foo: 1, bar: 2 })),
    /the following directives don't match any configuration option: foo, bar$/,
  );
  t.match(
    refusal(() => file({ debug: false, hosts: ['unix:///x'] }, '-D', '-H', 'unix:///y')),
    /specified both as a flag and in the configuration file: debug: \(from flag: true, from file: false\), hosts: \(from flag: \[unix:\/\/\/y\], from file: \[unix:\/\/\/x\]\)$/,
  );
  t.match(
    refusal(() => loadConfig(parseCommandLine(['--config-file', '/nope.json']))),
    /no such file/,
  );
});

t.test('hosts', async (t) => {
  const rows = [
    ['tcp://', 'tcp://127.0.0.1:2375'],
    ['tcp://0.0.0.0:80', 'tcp://0.0.0.0:80'],
    ['tcp://[::]:2376', 'tcp://[::]:2376'],
    ['tcp://:5000', ''],
    ['tcp://x/path', ''],
    ['fd://', 'fd://'],
    ['fd://docker.socket', 'fd://docker.socket'],
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
  ];
  for (const [given = '', shown = ''] of rows) {
    if (shown === '')
      t.match(
        refusal(() => parseHost(given)),
        /^Invalid bind address/,
        given,
      );
    else t.equal(formatHost(parseHost(given)), shown);
  }
});

t.test('sizes', async (t) => {
  for (const [text, bytes] of Object.entries({
    '64m': 2 ** 26,
    '1.5GiB': 1.5 * 2 ** 30,
    '10': 10,
    '1 kB': 1024,
  }))
    t.equal(parseSize(text, 'x'), bytes, text);
});

t.test('every option has one key and one flag, and help shows it', async (t) => {
  const keys = OPTIONS.map(({ key }) => key).filter(Boolean);
  const flags = OPTIONS.map(({ flag }) => flag).filter(Boolean);
  t.equal(new Set(keys).size, keys.length);
  t.equal(new Set(flags).size, flags.length);
  for (const flag of flags) t.match(usage(), `--${flag} `);
});
