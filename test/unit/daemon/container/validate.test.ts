/** What is refused when a container is made, in dockerd's words; and what is taken. */
import t from 'tap';
import type { ContainerConfig, HostConfig, Mount } from '../../../../src/api/container.ts';
import { parseBind } from '../../../../src/daemon/container/mounts/bind.ts';
import { parseTarget } from '../../../../src/daemon/container/mounts/target.ts';
import { validateMount } from '../../../../src/daemon/container/mounts/validate-mount.ts';
import { refuseConflicts, refuseMixedNetworks } from '../../../../src/daemon/container/validate/network.ts';
import { validate } from '../../../../src/daemon/container/validate/validate.ts';
import type { Engine } from '../../../../src/daemon/engine.ts';

const engine = { settings: { runtimes: ['runc'], cgroupVersion: 1 } } as unknown as Engine;
const USUAL = { LogConfig: { Type: 'json-file' } };

/** '' if it is taken. */
function refusal(hostConfig: HostConfig, config: ContainerConfig = {}): string {
  try {
    refuseConflicts(config, hostConfig);
    validate(engine, config, { ...USUAL, ...hostConfig });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

t.test('limits', async (t) => {
  const rows: [HostConfig, string | RegExp][] = [
    [{ Memory: -1 }, 'Minimum memory limit allowed is 6MB'],
    [{ Memory: 6 * 2 ** 20 }, ''],
    [{ MemoryReservation: 1 }, 'Minimum memory reservation allowed is 6MB'],
    [{ NanoCpus: 1e9, CpuQuota: 5000 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
    [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
    [{ CpusetCpus: '0' }, ''],
    [{ CpusetCpus: 'abc' }, 'Invalid value abc for cpuset cpus: invalid format: abc'],
    [{ CpusetCpus: '3-1' }, 'Invalid value 3-1 for cpuset cpus: invalid format: 3-1'],
    [{ CpusetCpus: '0-99999' }, 'Invalid value 0-99999 for cpuset cpus: invalid format: 0-99999'],
    [{ CpusetCpus: '8000' }, /^Requested CPUs are not available - requested 8000, available: 0/],
    [{ CpusetMems: '8000' }, /^Requested memory nodes are not available - requested 8000, available: 0/],
    [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
    [{ IOMaximumIOps: 1 }, 'Invalid QoS settings: linux does not support configuration of maximum IOPs'],
    [{ OomScoreAdj: -1001 }, 'Invalid value -1001, range for oom score adj is [-1000, 1000]'],
    [{ ShmSize: -1 }, 'SHM size can not be less than 0'],
  ];
  for (const [hostConfig, expected] of rows)
    t.match(refusal(hostConfig), expected || /^$/, JSON.stringify(hostConfig));
});

t.test('a share of real time is nothing that version 2 could give', async (t) => {
  const newer = { settings: { ...engine.settings, cgroupVersion: 2 } } as unknown as Engine;
  for (const limit of [{ CpuRealtimePeriod: 1000 }, { CpuRealtimeRuntime: 1000 }])
    t.throws(() => validate(newer, {}, { ...USUAL, ...limit }), {
      kind: 'invalid-argument',
      message: 'Your kernel does not support CPU real-time scheduler',
    });
});

t.test('networks beside each other', async (t) => {
  const rows: [string[], RegExp | undefined][] = [
    [['none'], undefined],
    [['container:x'], undefined],
    [['bridge', 'mine'], undefined],
    [['none', 'container:x'], /^container sharing network namespace .* cannot be connected to any other/],
    [['none', 'host'], /^container sharing network namespace/],
    [['bridge', 'none'], /^container cannot be connected to multiple networks .* private \(none\) mode$/],
  ];
  for (const [names, words] of rows)
    if (words)
      t.throws(() => refuseMixedNetworks(names), { message: words, kind: 'invalid-argument' }, `${names}`);
    else t.doesNotThrow(() => refuseMixedNetworks(names), `${names}`);
});

t.test('modes and networks', async (t) => {
  const host = { NetworkMode: 'host' };
  const shared = { NetworkMode: 'container:x' };
  const rows: [HostConfig, ContainerConfig, string][] = [
    [{ IpcMode: 'nope' }, {}, 'invalid IPC mode: nope'],
    [{ IpcMode: 'container:' }, {}, 'invalid IPC mode: container:'],
    [{ PidMode: 'container' }, {}, 'invalid PID mode: container'],
    [{ UTSMode: 'host' }, { Hostname: 'h' }, 'conflicting options: hostname and the UTS mode'],
    [{ UTSMode: 'host' }, { Domainname: 'd' }, 'conflicting options: domainname and the UTS mode'],
    [host, { Hostname: 'h' }, ''],
    [shared, { Hostname: 'h' }, 'conflicting options: hostname and the network mode'],
    [{ ...shared, Dns: ['1.1.1.1'] }, {}, 'conflicting options: dns and the network mode'],
    [
      { ...shared, ExtraHosts: ['a:1.2.3.4'] },
      {},
      'conflicting options: custom host-to-IP mapping and the network mode',
    ],
    [
      { ...shared, PublishAllPorts: true },
      {},
      'conflicting options: port publishing and the container type network mode',
    ],
    [{ NetworkMode: 'container:' }, {}, 'invalid network mode: invalid container format container:<name|id>'],
    [
      { ...host, Links: ['a'] },
      {},
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    ],
    [{ ExtraHosts: ['nope'] }, {}, 'bad format for add-host: "nope"'],
    [{ ExtraHosts: ['a:b'] }, {}, 'invalid IP address in add-host: "b"'],
    [{ ExtraHosts: ['a:host-gateway', 'b=[::1]', 'c:fe80::1'] }, {}, ''],
    [{ PortBindings: { 'abc/tcp': [] } }, {}, 'invalid port specification: "abc"'],
    [
      { AutoRemove: true, RestartPolicy: { Name: 'always' } },
      {},
      "can't create 'AutoRemove' container with restart policy",
    ],
    [
      { Annotations: { '': 'x' } },
      {},
      'invalid Annotations: the empty string is not permitted as an annotation key',
    ],
    [{ SecurityOpt: ['nope'] }, {}, 'invalid --security-opt 1: "nope"'],
    [{ SecurityOpt: ['nope=x'] }, {}, 'invalid --security-opt 2: "nope=x"'],
    [
      { DeviceRequests: [{ Driver: 'nvidia', Capabilities: [['gpu', 'x']] }] },
      {},
      'could not select device driver "nvidia" with capabilities: [[gpu x]]',
    ],
    [{ LogConfig: { Type: 'none', Config: { anything: '1' } } }, {}, ''],
  ];
  for (const [hostConfig, config, expected] of rows)
    t.equal(refusal(hostConfig, config), expected, JSON.stringify({ ...hostConfig, ...config }));
});

t.test('mounts', async (t) => {
  const bind = (text: string) => () => parseBind(text);
  const mount = (fields: Mount) => () => {
    validateMount(fields);
    parseTarget(fields.Type ?? '', fields.Target ?? '');
  };
  const spec = (text: string, words: string) =>
    `invalid volume specification: '${text}'${words && `: ${words}`}`;
  const config = (type: string, words: string) => `invalid mount config for type "${type}": ${words}`;
  const rows: [() => unknown, string][] = [
    [bind(''), spec('', '')],
    [bind(':/a'), spec(':/a', '')],
    [bind('/a:/b:ro:rw'), spec('/a:/b:ro:rw', '')],
    [bind('ab:b'), spec('ab:b', config('volume', "invalid mount path: 'b' mount path must be absolute"))],
    [bind('/a:/'), spec('/a:/', config('bind', "invalid specification: destination can't be '/'"))],
    [bind('/a:/b:nocopy'), spec('/a:/b:nocopy', config('bind', 'field VolumeOptions must not be specified'))],
    [bind('v1:/b:slave'), spec('v1:/b:slave', config('volume', 'field BindOptions must not be specified'))],
    [bind('/a:/b:ro,rw'), 'invalid mode: ro,rw'],
    [mount({ Target: '/a' }), config('', 'mount type unknown')],
    [mount({ Type: 'bind', Target: '/a' }), config('bind', 'field Source must not be empty')],
    [mount({ Type: 'volume' }), config('volume', 'field Target must not be empty')],
    [
      mount({ Type: 'tmpfs', Source: 'x', Target: '/a' }),
      config('tmpfs', 'field Source must not be specified'),
    ],
    [
      mount({ Type: 'bind', Source: '/x', Target: '/a', BindOptions: { Propagation: 'nope' } }),
      config('bind', 'invalid propagation mode: nope'),
    ],
    [
      mount({ Type: 'tmpfs', Target: '/a', TmpfsOptions: { Options: [['exec'], ['what', '1']] } }),
      'invalid tmpfs option ["what=1"]',
    ],
    [
      () => validate(engine, {}, { ...USUAL, Tmpfs: { a: '' } }),
      "invalid mount path: 'a' mount path must be absolute",
    ],
    [
      () => validate(engine, {}, { ...USUAL, Tmpfs: { '//': '' } }),
      "invalid specification: destination can't be '/'",
    ],
    [() => validate(engine, {}, { ...USUAL, Tmpfs: { '/a': 'size=' } }), 'invalid tmpfs option ["size="]'],
  ];
  for (const [make, message] of rows) t.throws(make, { message }, message);
  validate(engine, {}, { ...USUAL, Tmpfs: { '/a': 'size=1m,exec,uid=1000' } });
});
