import t from 'tap';
import { type Shape, shapeFor } from '../../../src/api/shape.ts';
import { createRequestFor } from '../../../src/api/shape-request.ts';

const inspect = () => ({
  Id: '0123456789abcdef'.repeat(4),
  Config: { Image: 'busybox' },
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
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
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
    ['web', '0123456789ab'],
    ['web'],
  ],
  ['container-inspect', inspect, 'NetworkSettings.Networks.bridge.Aliases', '1.45', null, null],
  ['container-inspect', inspect, 'Config.MacAddress', '1.44', '02:42:ac:11:00:02', undefined],
  ['container-inspect', inspect, 'HostConfig.KernelMemory', '1.42', 0, undefined],
  ['info', info, 'BridgeNfIptables', '1.50', true, undefined],
  ['info', info, 'RuncCommit.Expected', '1.49', 'abc', undefined],
  ['info', info, 'KernelMemory', '1.42', true, undefined],
  ['info', info, 'SecurityOptions', '1.25', ['seccomp', 'cgroupns'], info().SecurityOptions],
];

for (const [shape, make, path, until, before, after] of changes) {
  t.test(`${shape}: ${path} changes in ${until}`, async (t) => {
    const [major, minor] = until.split('.').map(Number) as [number, number];
    const older = `${major}.${minor - 1}`;
    const document = make();
    t.strictSame(field(shapeFor('1.24', shape, document), path), before, '1.24');
    t.strictSame(field(shapeFor(older, shape, document), path), before, older);
    t.strictSame(field(shapeFor(until, shape, document), path), after, until);
    t.strictSame(field(shapeFor('1.55', shape, document), path), after, '1.55');
    t.strictSame(document, make(), 'what was given stays as it was');
  });
}

t.test('the newest shape costs no copy', async (t) => {
  const document = inspect();
  t.equal(shapeFor('1.55', 'container-inspect', document), document);
});

t.test('requests of older clients mean what they meant', async (t) => {
  const mounts = [{ Type: 'bind', BindOptions: { NonRecursive: true, CreateMountpoint: true } }];
  const given = {
    Healthcheck: { StartInterval: 5 },
    MacAddress: 'x',
    HostConfig: { ConsoleSize: [1, 2], Mounts: mounts },
  };
  const rows = [
    ['1.39', { IpcMode: 'shareable', CgroupnsMode: 'host', ConsoleSize: null }, 0, 'x', [false, false, true]],
    ['1.40', { IpcMode: undefined, CgroupnsMode: 'host', ConsoleSize: null }, 0, 'x', [true, false, true]],
    ['1.41', { IpcMode: undefined, CgroupnsMode: undefined, ConsoleSize: null }, 0, 'x', [true, false, true]],
    ['1.42', { CgroupnsMode: undefined, ConsoleSize: [1, 2] }, 0, 'x', [true, true, true]],
    ['1.44', { ConsoleSize: [1, 2] }, 5, 'x', [true, true, undefined]],
    ['1.52', { ConsoleSize: [1, 2] }, 5, null, [true, true, undefined]],
  ] as const;
  for (const [version, host, interval, mac, bind] of rows) {
    const request = createRequestFor(version, given);
    t.match(request.HostConfig, host, version);
    t.equal(request.Healthcheck?.StartInterval, interval, version);
    t.equal(request.MacAddress, mac, version);
    const options = request.HostConfig?.Mounts?.[0]?.BindOptions;
    t.strictSame(
      [options?.NonRecursive, options?.CreateMountpoint, options?.ReadOnlyNonRecursive],
      bind,
      version,
    );
  }
  t.strictSame(given.HostConfig.ConsoleSize, [1, 2], 'what was given stays as it was');
});

function field(document: object, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
}
