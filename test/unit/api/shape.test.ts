import t from 'tap';
import { refusalFor } from '../../../src/api/refuse-request.ts';
import { type Shape, shapeFor } from '../../../src/api/shape.ts';
import { createRequestFor, updateRequestFor } from '../../../src/api/shape-request.ts';

const older = (version: string) => version.replace(/\d+$/, (minor) => String(Number(minor) - 1));

const inspect = () => ({
  Id: '0123456789abcdef'.repeat(4),
  Config: { Image: 'busybox', Hostname: 'box' },
  HostConfig: { Memory: 5 },
  NetworkSettings: {
    Networks: {
      bridge: { IPAddress: '172.17.0.2', IPPrefixLen: 16, MacAddress: '02:42:ac:11:00:02', Aliases: null },
      mine: { IPAddress: '10.0.0.2', Aliases: ['web'] },
    },
  },
});

const info = () => ({
  CgroupVersion: '1',
  RuncCommit: { ID: 'abc' },
  FirewallBackend: { Driver: 'nftables' },
  RegistryConfig: { Mirrors: [] },
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
});

const summary = () => ({
  HostConfig: { NetworkMode: 'default', Annotations: { a: 'b' } },
  Health: { Status: 'none', FailingStreak: 0 },
  ImageManifestDescriptor: { digest: 'sha256:1' },
});

const image = () => ({
  Size: 5,
  Config: { Cmd: ['sh'] },
  Descriptor: { digest: 'sha256:1' },
  Manifests: [],
});

/** Document, path of a field, the first version without it (or with the new value), its old value, its new value. */
const changes: [Shape, () => object, string, string, unknown, unknown][] = [
  ['container-inspect', inspect, 'NetworkSettings.IPAddress', '1.52', '172.17.0.2', undefined],
  ['container-inspect', inspect, 'NetworkSettings.HairpinMode', '1.52', false, undefined],
  [
    'container-inspect',
    inspect,
    'NetworkSettings.Networks.mine.Aliases',
    '1.45',
    ['web', '0123456789ab', 'box'],
    ['web'],
  ],
  ['container-inspect', inspect, 'NetworkSettings.Networks.bridge.Aliases', '1.45', null, null],
  ['container-inspect', inspect, 'Config.OnBuild', '1.52', null, undefined],
  ['container-summary', summary, 'Health', '1.52', undefined, summary().Health],
  ['container-summary', summary, 'ImageManifestDescriptor', '1.48', undefined, { digest: 'sha256:1' }],
  ['container-summary', summary, 'HostConfig.Annotations', '1.46', undefined, { a: 'b' }],
  ['container-inspect', inspect, 'HostConfig.KernelMemory', '1.42', 0, undefined],
  ...['Parent', 'Comment', 'DockerVersion', 'Author', 'Config.User', 'Config.WorkingDir'].map(
    (path): (typeof changes)[number] => ['image-inspect', image, path, '1.52', '', undefined],
  ),
  ...['Env', 'Volumes', 'Entrypoint', 'OnBuild', 'Labels'].map((name): (typeof changes)[number] => [
    'image-inspect',
    image,
    `Config.${name}`,
    '1.52',
    null,
    undefined,
  ]),
  ['image-inspect', image, 'Config.Cmd', '1.52', ['sh'], ['sh']],
  ['image-inspect', image, 'Config.Hostname', '1.50', '', undefined],
  ['image-inspect', image, 'Config.Tty', '1.50', false, undefined],
  ['image-inspect', image, 'Descriptor', '1.48', undefined, image().Descriptor],
  ['image-inspect', image, 'Manifests', '1.48', undefined, []],
  ['image-inspect', image, 'Container', '1.45', '', undefined],
  ['image-inspect', image, 'ContainerConfig.Cmd', '1.45', null, undefined],
  ['image-inspect', image, 'VirtualSize', '1.44', 5, undefined],
  ['image-inspect', image, 'Created', '1.44', '0001-01-01T00:00:00Z', undefined],
  ['info', info, 'BridgeNfIptables', '1.50', true, undefined],
  ['info', info, 'RuncCommit.Expected', '1.49', 'abc', undefined],
  ['info', info, 'FirewallBackend', '1.49', undefined, info().FirewallBackend],
  ['info', info, 'RegistryConfig.AllowNondistributableArtifactsCIDRs', '1.49', null, undefined],
  ['info', info, 'ExecutionDriver', '1.25', '<not supported>', undefined],
  ['info', info, 'KernelMemory', '1.42', true, undefined],
  ['info', info, 'SecurityOptions', '1.25', ['seccomp', 'cgroupns'], info().SecurityOptions],
];

for (const [shape, make, path, until, before, after] of changes) {
  t.test(`${shape}: ${path} changes in ${until}`, async (t) => {
    const document = make();
    t.strictSame(field(shapeFor('1.24', shape, document), path), before, '1.24');
    t.strictSame(field(shapeFor(older(until), shape, document), path), before, older(until));
    t.strictSame(field(shapeFor(until, shape, document), path), after, until);
    t.strictSame(field(shapeFor('1.55', shape, document), path), after, '1.55');
    t.strictSame(document, make(), 'what was given stays as it was');
  });
}

t.test('the newest shape costs no copy', async (t) => {
  const document = inspect();
  t.equal(shapeFor('1.55', 'container-inspect', document), document);
});

const V1 = { cgroupVersion: 1 } as const;
const bind = (BindOptions: object) => ({ Mounts: [{ Type: 'bind', BindOptions }] });
const endpoint = (settings: object) => ({ NetworkingConfig: { EndpointsConfig: { bridge: settings } } });

/** What is given, path of a field, the first version with the new meaning, what it meant before, what it means since. */
const meanings: [object, string, string, unknown, unknown][] = [
  [{ HostConfig: { AutoRemove: true } }, 'HostConfig.AutoRemove', '1.25', null, true],
  [{ HostConfig: {} }, 'HostConfig.IpcMode', '1.40', 'shareable', undefined],
  [{ HostConfig: { IpcMode: 'none' } }, 'HostConfig.IpcMode', '1.40', 'none', 'none'],
  [
    { HostConfig: bind({ NonRecursive: true }) },
    'HostConfig.Mounts.0.BindOptions.NonRecursive',
    ...(['1.40', null, true] as const),
  ],
  [{ HostConfig: {} }, 'HostConfig.CgroupnsMode', '1.41', 'host', undefined],
  [{ HostConfig: { ConsoleSize: [1, 2] } }, 'HostConfig.ConsoleSize', '1.42', null, [1, 2]],
  [{ HostConfig: { KernelMemory: 5 } }, 'HostConfig.KernelMemory', '1.42', 5, null],
  [
    { HostConfig: bind({ CreateMountpoint: true }) },
    'HostConfig.Mounts.0.BindOptions.CreateMountpoint',
    ...(['1.42', null, true] as const),
  ],
  [
    { HostConfig: { Mounts: [{ Type: 'bind', TmpfsOptions: {}, VolumeOptions: {} }] } },
    'HostConfig.Mounts.0',
    '1.42',
    { Type: 'bind', TmpfsOptions: null, VolumeOptions: null },
    { Type: 'bind', TmpfsOptions: {}, VolumeOptions: {} },
  ],
  [{ HostConfig: { Annotations: { a: 'b' } } }, 'HostConfig.Annotations', '1.43', null, { a: 'b' }],
  [{ Healthcheck: { StartInterval: 5 } }, 'Healthcheck.StartInterval', '1.44', null, 5],
  [
    endpoint({ MacAddress: 'own' }),
    'NetworkingConfig.EndpointsConfig.bridge.MacAddress',
    ...(['1.44', null, 'own'] as const),
  ],
  [
    endpoint({ GwPriority: 5 }),
    'NetworkingConfig.EndpointsConfig.bridge.GwPriority',
    ...(['1.48', null, 5] as const),
  ],
  [
    { MacAddress: 'm', ...endpoint({}) },
    'NetworkingConfig.EndpointsConfig.bridge.MacAddress',
    ...(['1.52', 'm', undefined] as const),
  ],
  [
    { MacAddress: 'm', NetworkingConfig: { EndpointsConfig: { other: {} } } },
    'NetworkingConfig.EndpointsConfig.other.MacAddress',
    ...(['1.44', 'm', 'm'] as const),
  ],
  [{ Memory: 5, HostConfig: {} }, 'HostConfig.Memory', '1.52', 5, undefined],
  [{ Cpuset: '0', HostConfig: { CpusetCpus: '1' } }, 'HostConfig.CpusetCpus', '1.52', '1', '1'],
  [{ CpuShares: 5 }, 'CpuShares', '1.52', undefined, undefined],
  [{ HostConfig: { KernelMemoryTCP: 5 } }, 'HostConfig.KernelMemoryTCP', '1.52', 5, null],
  [
    { HostConfig: { PortBindings: { '80/tcp': [], '81/tcp': [{}] } } },
    'HostConfig.PortBindings',
    '1.53',
    { '80/tcp': [], '81/tcp': [{}] },
    { '81/tcp': [{}] },
  ],
];

for (const [given, path, until, before, after] of meanings) {
  t.test(`create: ${path} changes in ${until}`, async (t) => {
    const was = JSON.stringify(given);
    const meant = (version: string) => field(createRequestFor(version, given, V1).request, path);
    t.strictSame(meant(older(until)), before, older(until));
    t.strictSame(meant(until), after, until);
    t.equal(JSON.stringify(given), was, 'what was given stays as it was');
  });
}

t.test('what a request means on this host, and what is warned of', async (t) => {
  const request = (version: string, given: object, host: 1 | 2 = 1) =>
    createRequestFor(version, given, { cgroupVersion: host });
  t.equal(
    request('1.40', {}, 2).request.HostConfig?.CgroupnsMode,
    undefined,
    'private on v2 from the beginning',
  );
  t.equal(request('1.43', {}).readOnlyNonRecursive, true);
  t.equal(request('1.44', {}).readOnlyNonRecursive, false);
  const host = { MacAddress: 'm', HostConfig: { NetworkMode: 'host' } };
  t.equal(request('1.51', host).request.NetworkingConfig, undefined, 'the host has an address of its own');
  const warned: [string, object, RegExp][] = [
    ['1.44', { MacAddress: 'm' }, /^The container-wide MacAddress field is now deprecated/],
    [
      '1.48',
      { HostConfig: { VolumeDriver: 'd', Mounts: [{ Type: 'volume' }] } },
      /^WARNING: the container-wide volume-driver configuration is ignored/,
    ],
    [
      '1.52',
      { HostConfig: { PortBindings: { '80/tcp': [] } } },
      /^Following container port\(s\) have an empty list of port-bindings: 80\/tcp\./,
    ],
  ];
  for (const [version, given, words] of warned) {
    t.match(request(version, given).warnings[0], words, version);
    t.strictSame(request(older(version), given).warnings, [], older(version));
  }
});

t.test('what an update means', async (t) => {
  const given = { PidsLimit: 5, KernelMemory: 5, KernelMemoryTCP: 5, BlkioDeviceReadBps: [{ Rate: 5 }] };
  const rows: [keyof typeof given, string, unknown, unknown][] = [
    ['PidsLimit', '1.40', null, 5],
    ['KernelMemory', '1.42', 5, null],
    ['KernelMemoryTCP', '1.52', 5, null],
    ['BlkioDeviceReadBps', '1.55', null, [{ Rate: 5 }]],
  ];
  for (const [name, until, before, after] of rows) {
    t.strictSame(updateRequestFor(older(until), given)[name], before, `${name} ${older(until)}`);
    t.strictSame(updateRequestFor(until, given)[name], after, `${name} ${until}`);
  }
});

t.test('what a version cannot say', async (t) => {
  const mounts = (mount: object) => ({ HostConfig: { Mounts: [mount] } });
  const two = { NetworkingConfig: { EndpointsConfig: { a: {}, b: {} } } };
  const rows: [object, string, 'before' | 'since', RegExp][] = [
    [mounts({ Type: 'bind', VolumeOptions: {} }), '1.42', 'since', /^VolumeOptions must not .* type "bind"$/],
    [mounts({ Type: 'volume', BindOptions: {} }), '1.42', 'since', /^BindOptions must not .* type "volume"$/],
    [
      mounts({ Type: 'bind', BindOptions: { ReadOnlyForceRecursive: true } }),
      ...(['1.44', 'before', /^BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer$/] as const),
    ],
    [two, '1.44', 'before', /^Container cannot be created with multiple network endpoints: a, b$/],
    [{ MacAddress: 'm', HostConfig: { NetworkMode: 'host' } }, '1.44', 'before', /^conflicting options: mac/],
    [
      { MacAddress: 'm', ...endpoint({ MacAddress: 'n' }) },
      '1.44',
      'since',
      /^the container-wide MAC address/,
    ],
    [
      { MacAddress: 'm', NetworkingConfig: { EndpointsConfig: { other: {} } } },
      ...(['1.44', 'since', /^unable to migrate container-wide MAC address/] as const),
    ],
    [
      mounts({ Type: 'volume', VolumeOptions: { Subpath: 'x' } }),
      ...(['1.45', 'before', /^VolumeOptions.Subpath needs API v1.45 or newer$/] as const),
    ],
    [mounts({ Type: 'image' }), '1.48', 'before', /^Mount type "Image" needs API v1.48 or newer$/],
  ];
  for (const [request, version, side, words] of rows) {
    const [refused, allowed] = side === 'since' ? [version, older(version)] : [older(version), version];
    t.match(refusalFor(refused, request), words);
    t.equal(refusalFor(allowed, request), undefined, `${words} ${allowed}`);
  }
});

function field(document: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
}
