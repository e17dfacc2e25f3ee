/** What a container is asked to be, and what the process inside then sees: one row for each option. */
import { createReadStream, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import t from 'tap';
import { openAppArmor } from '../../src/runtime/spec/apparmor.ts';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode, refusal } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';

type Options = Docker.ContainerCreateOptions;
type HostConfig = NonNullable<Options['HostConfig']>;

const MIB = 2 ** 20;

const confined = openAppArmor() !== undefined;

/** Title, options, script, what it prints. */
type Row = [string, Options, string, RegExp];

const host = (HostConfig: HostConfig): Options => ({ HostConfig: HostConfig });

const rows: Row[] = [
  ['user by name', { User: 'daemon' }, 'id -u; id -g', /^1\n1\n$/],
  ['user and group by number', { User: '1234:5678' }, 'id -u; id -g', /^1234\n5678\n$/],
  ['further groups', host({ GroupAdd: ['4321'] }), 'id -G', /\b4321\b/],
  ['working directory, made', { WorkingDir: '/a/b' }, 'pwd', /^\/a\/b\n$/],
  ['environment', { Env: ['A=1', 'B=two words'] }, 'echo $A-$B', /^1-two words\n$/],
  ['host name', { Hostname: 'boat', Domainname: 'sea' }, 'hostname; cat /etc/hostname', /^boat\nboat\n$/],
  ['read-only root', host({ ReadonlyRootfs: true }), 'touch /x 2>&1', /Read-only file system/],
  [
    'tmpfs',
    host({ Tmpfs: { '/t': 'size=1m,mode=700' } }),
    'stat -c %a /t; df -k /t | tail -1',
    /^700\n\S+ +1024 /,
  ],
  ['shared memory', host({ ShmSize: 8 * MIB }), 'df -k /dev/shm | tail -1', /^\S+ +8192 /],
  ['no shared memory', host({ IpcMode: 'none' }), 'grep -c /dev/shm /proc/mounts', /^0\n$/],
  ['the host’s pids', host({ PidMode: 'host' }), 'test -d /proc/1 && readlink /proc/self | wc -c', /^\d+\n$/],
  [
    'the host’s name',
    host({ UTSMode: 'host' }),
    'test "$(hostname)" = "$(cat /proc/sys/kernel/hostname)" && echo same',
    /same/,
  ],
  ['no capabilities', host({ CapDrop: ['ALL'] }), 'grep CapEff /proc/self/status', /0000000000000000/],
  [
    'one capability',
    host({ CapDrop: ['ALL'], CapAdd: ['CHOWN'] }),
    'grep CapEff /proc/self/status',
    /0000000000000001/,
  ],
  ['default capabilities', {}, 'grep CapEff /proc/self/status', /00000000a80425fb/],
  [
    'privileged',
    host({ Privileged: true }),
    'test -w /proc/sys/kernel/hostname && ls /dev/null /dev/kmsg',
    /kmsg/,
  ],
  [
    'AppArmor by default, where the kernel has it',
    {},
    'cat /proc/self/attr/current 2>/dev/null || echo none',
    confined ? /^docker-default \(enforce\)\n$/ : /^(none|unconfined)\n$/,
  ],
  ['seccomp by default', {}, 'grep ^Seccomp: /proc/self/status', /2\n/],
  ['no seccomp', host({ SecurityOpt: ['seccomp=unconfined'] }), 'grep ^Seccomp: /proc/self/status', /0\n/],
  [
    'a seccomp profile of one’s own',
    host({
      SecurityOpt: [
        `seccomp=${JSON.stringify({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
        })}`,
      ],
    }),
    'mkdir /x 2>&1; touch /y && echo touched',
    /not permitted\ntouched/,
  ],
  [
    'no new privileges',
    host({ SecurityOpt: ['no-new-privileges'] }),
    'grep NoNewPrivs /proc/self/status',
    /1\n/,
  ],
  [
    'sysctl',
    host({ Sysctls: { 'net.ipv4.ip_default_ttl': '33' } }),
    'cat /proc/sys/net/ipv4/ip_default_ttl',
    /^33\n$/,
  ],
  [
    'ulimit',
    host({ Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }] }),
    'ulimit -n; ulimit -Hn',
    /^100\n200\n$/,
  ],
  ['oom score', host({ OomScoreAdj: 321 }), 'cat /proc/self/oom_score_adj', /^321\n$/],
  [
    'a device',
    host({ Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuel', CgroupPermissions: 'r' }] }),
    '(exec 3</dev/fuel) && echo opened; (exec 3>/dev/fuel) || echo refused',
    /opened\n[\s\S]*refused/,
  ],
  ['further hosts', host({ ExtraHosts: ['ship:10.1.2.3'] }), 'grep ship /etc/hosts', /10\.1\.2\.3\s+ship/],
  [
    'name servers',
    host({ Dns: ['192.0.2.1'], DnsSearch: ['sea.test'], DnsOptions: ['ndots:3'] }),
    'cat /etc/resolv.conf',
    /nameserver 192\.0\.2\.1\nsearch sea\.test\noptions ndots:3/,
  ],
  ['init', host({ Init: true }), 'cat /proc/1/comm', /^(docker-init|tini|catatonit)\n$/],
  [
    'no init where it cannot be first',
    host({ Init: true, PidMode: 'host' }),
    // runc, which is its parent at first, ends and leaves it to the shim.
    'name=runc; while [ -z "$name" -o "$name" = runc ]; do name=$(cat /proc/$(cut -d" " -f4 /proc/$$/stat)/comm 2>&-); done; echo $name',
    /^conmon\n$/,
  ],
  ['masked paths', {}, 'wc -c < /proc/keys; ls /proc/acpi 2>/dev/null | wc -l', /^0\n0\n$/],
  [
    'nothing masked',
    host({ SecurityOpt: ['seccomp=unconfined'], MaskedPaths: [], ReadonlyPaths: [] }),
    'grep -c " /proc/keys " /proc/mounts',
    /^0\n$/,
  ],
  ['entrypoint', { Entrypoint: ['/bin/echo', 'said'], Cmd: ['hello'] }, '', /^said hello\n$/],
];

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('container options', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));

  const create = ({ HostConfig, ...options }: Options) =>
    docker.createContainer({
      Image: 'busybox',
      ...options,
      HostConfig: { NetworkMode: 'none', ...HostConfig },
    });

  const run = async (options: Options): Promise<string> => {
    const container = await create(options);
    try {
      await container.start();
      await container.wait();
      const logs = await container.logs({ stdout: true, stderr: true });
      return unframed(logs);
    } finally {
      await container.remove({ force: true, v: true });
    }
  };

  t.test('seen from inside', async (t) => {
    for (const [title, options, script, expected] of rows) {
      const said = await run(script === '' ? options : { ...options, Cmd: ['sh', '-c', script] });
      t.match(said, expected, title);
    }
  });

  t.test('refused at creation, in Docker’s words', async (t) => {
    const refused: [Options, RegExp][] = [
      [host({ CapAdd: ['NOPE'] }), /unknown capability: "CAP_NOPE"/],
      [host({ Memory: 1024 }), /Minimum memory limit allowed is 6MB/],
      [host({ MemorySwap: 100 * MIB }), /always set the Memory limit/],
      [host({ NanoCpus: 1e12 }), /Range of CPUs is from 0\.01 to/],
      [host({ NanoCpus: 1e9, CpuQuota: 5000 }), /cannot both be set/],
      [host({ Ulimits: [{ Name: 'nope', Soft: 1, Hard: 1 }] }), /invalid ulimit type: nope/],
      [host({ Ulimits: [{ Name: 'nofile', Soft: 2, Hard: 1 }] }), /must be less than or equal to hard limit/],
      [host({ SecurityOpt: ['nope'] }), /invalid --security-opt/],
      [host({ RestartPolicy: { Name: 'sometimes' } }), /unknown policy 'sometimes'/],
      [host({ RestartPolicy: { Name: 'always', MaximumRetryCount: 3 } }), /maximum retry count/],
      [host({ AutoRemove: true, RestartPolicy: { Name: 'always' } }), /can't create 'AutoRemove' container/],
      [host({ Binds: ['relative/path:/x'] }), /includes invalid characters/],
      [host({ Binds: ['a b:/x'] }), /includes invalid characters/],
      [host({ Binds: ['/a:/b', '/c:/b'] }), /Duplicate mount point: \/b/],
      [
        host({ Devices: [{ PathOnHost: '/dev/nope', PathInContainer: '', CgroupPermissions: '' }] }),
        /no such file/,
      ],
      [host({ Runtime: 'nope' }), /unknown or invalid runtime name: nope/],
      [host({ NetworkMode: 'container:' }), /invalid container format/],
      [{ StopSignal: '0' }, /Invalid signal: 0/],
      [{ StopSignal: 'NOPE' }, /Invalid signal: NOPE/],
      [{ WorkingDir: 'x' }, /needs to be an absolute path/],
    ];
    for (const [options, message] of refused) {
      const { statusCode, message: words } = await refusal(create({ Cmd: ['true'], ...options }));
      t.ok(statusCode >= 400 && statusCode < 500, `${message}: ${statusCode}`);
      t.match(words, message);
    }
    t.strictSame(await docker.listContainers({ all: true }), [], 'nothing is left of them');
  });

  t.test('a source that went before the start leaves the container as it was', async (t) => {
    const Source = join(t.testdir(), 'source');
    mkdirSync(Source);
    const Mounts = [{ Type: 'bind', Source, Target: '/x' } as const];
    const container = await create({ Cmd: ['true'], HostConfig: { Mounts, UTSMode: 'host' } });
    rmdirSync(Source);
    t.match(await refusal(container.start()), {
      statusCode: 400,
      message: `invalid mount config for type "bind": bind source path does not exist: ${Source}`,
    });
    const paths = { HostsPath: '', HostnamePath: '', ResolvConfPath: '', LogPath: '' };
    const Config = { Hostname: container.id.slice(0, 12) };
    const fresh = await container.inspect();
    t.match(fresh, { State: { ExitCode: 0, Error: '' }, Config, ...paths });
    for (const { NetworkID } of Object.values(fresh.NetworkSettings.Networks)) t.equal(NetworkID, '');
    mkdirSync(Source);
    await container.start();
    const { HostsPath, HostnamePath, ResolvConfPath } = await container.inspect();
    for (const path of [HostsPath, HostnamePath, ResolvConfPath]) t.match(path, container.id);
    await container.remove({ force: true });
  });

  t.test('namespaces of another container', async (t) => {
    const idle = await create({ Cmd: ['sleep', '60'], HostConfig: { AutoRemove: true } });
    const words = {
      PidMode: `failed to join PID namespace: Container ${idle.id} is not running`,
      IpcMode: `container ${idle.id}: non-shareable IPC`,
    };
    for (const [mode, message] of Object.entries(words)) {
      const joining = await create({ Cmd: ['true'], HostConfig: { [mode]: `container:${idle.id}` } });
      t.match(await refusal(joining.start()), { message });
    }
    await idle.start();
    t.match(await refusal(idle.update({ RestartPolicy: { Name: 'always' } })), {
      statusCode: 409,
      message: 'Restart policy cannot be updated because AutoRemove is enabled for the container',
    });
    await idle.remove({ force: true });
    const other = await create({ Cmd: ['sleep', '60'], HostConfig: { IpcMode: 'shareable' } });
    await other.start();
    const shared = `container:${other.id}`;
    const look =
      'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; cat /proc/1/comm; touch /dev/shm/mark; ls /dev/shm';
    const said = await run({
      Cmd: ['sh', '-c', look],
      HostConfig: { NetworkMode: shared, IpcMode: shared, PidMode: shared },
    });
    const exec = await other.exec({
      Cmd: ['sh', '-c', 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; ls /dev/shm'],
      AttachStdout: true,
    });
    const inside = await text(await exec.start({}));
    const [net = 'none', ipc = 'none'] = said.split('\n');
    t.match(said, /\nsleep\nmark\n$/);
    t.ok(inside.includes(net) && inside.includes(ipc) && inside.includes('mark'), 'they see the same');
    await other.remove({ force: true });
  });

  t.test('a bind mount whose source went between two starts', async (t) => {
    const Source = join(t.testdir({ source: {} }), 'source');
    const bound = await create({ Cmd: ['true'], ...host({ Binds: [`${Source}:/x`] }) });
    const mounted = await create({
      Cmd: ['true'],
      ...host({ Mounts: [{ Type: 'bind', Source, Target: '/x' }] }),
    });
    rmdirSync(Source);
    t.match(await refusal(mounted.start()), { statusCode: 400, message: /source path does not exist/ });
    await bound.start();
    t.match(await bound.wait(), { StatusCode: 0 });
    t.match(readdirSync(Source), [], 'is made again');
  });

  t.test('the host’s message queues are there also where the host has not mounted them', async (t) => {
    const said = await run({ Cmd: ['sh', '-c', 'mount'], HostConfig: { IpcMode: 'host' } });
    t.match(said, / on \/dev\/mqueue type mqueue \(rw,nosuid,nodev,noexec/);
  });

  t.test('limits above the daemon’s own are cut, with a warning', async (t) => {
    const limit = { Name: 'nofile', Soft: 2 ** 30, Hard: 2 ** 30 };
    const created = await create({ Cmd: ['sh', '-c', 'ulimit -n'], ...host({ Ulimits: [limit] }) });
    await created.start();
    await created.wait();
    t.equal((await created.inspect()).State.ExitCode, 0);
    await created.remove();
  });

  t.test('host-gateway is the host on the default bridge, on every network', async (t) => {
    const inspected = await docker.getNetwork('bridge').inspect();
    const said = `${inspected.IPAM?.Config?.[0]?.Gateway}\tgate\n`;
    const network = await docker.createNetwork({ Name: 'aside' });
    t.teardown(() => network.remove());
    for (const NetworkMode of ['bridge', 'aside', 'none', 'host']) {
      const created = await docker.createContainer({
        Image: 'busybox',
        Cmd: ['grep', 'gate$', '/etc/hosts'],
        HostConfig: { NetworkMode, ExtraHosts: ['gate:host-gateway'] },
      });
      await created.start();
      await created.wait();
      t.equal(unframed(await created.logs({ stdout: true })), said, NetworkMode);
      await created.remove();
    }
  });

  t.test('what the daemon was told holds where a container says nothing else', async (t) => {
    const args = [
      '--init',
      '--no-new-privileges',
      '--default-ipc-mode=shareable',
      '--host-gateway-ip=192.0.2.7',
    ];
    const told = await startSkiffd({ args });
    t.teardown(() => told.close());
    const docker = dockerode(told);
    await finished(((await docker.loadImage(createReadStream(await builtinImage()))) as Readable).resume());
    const script = 'cat /proc/1/comm; grep NoNewPrivs /proc/self/status; grep gate /etc/hosts; sleep 0.1';
    const run = async (options: HostConfig) => {
      const HostConfig = { ExtraHosts: ['gate:host-gateway'], ...options };
      const container = await docker.createContainer({
        Image: 'busybox',
        Cmd: ['sh', '-c', script],
        HostConfig,
      });
      await container.start();
      await container.wait();
      const logs = await container.logs({ stdout: true, stderr: true });
      const { IpcMode } = (await container.inspect()).HostConfig;
      return { said: unframed(logs), IpcMode };
    };
    t.same(await run({}), {
      said: 'docker-init\nNoNewPrivs:\t1\n192.0.2.7\tgate\n',
      IpcMode: 'shareable',
    });
    const otherwise = { Init: false, IpcMode: 'private', SecurityOpt: ['no-new-privileges=false'] };
    t.same(await run(otherwise), { said: 'sh\nNoNewPrivs:\t0\n192.0.2.7\tgate\n', IpcMode: 'private' });
  });
}

/** The payloads of Docker's frames. */
function unframed(logs: Buffer): string {
  let said = '';
  for (let at = 0; at + 8 <= logs.length; at += 8 + logs.readUInt32BE(at + 4)) {
    said += logs.toString('utf8', at + 8, at + 8 + logs.readUInt32BE(at + 4));
  }
  return said;
}
