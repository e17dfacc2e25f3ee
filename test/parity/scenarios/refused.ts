/** What no container is made of: the same status, the same words. */
import { api, type Scenario, type Step } from '../step.ts';

const create = (fields: object): Step => api('POST', '/containers/create', { Image: 'busybox', ...fields });
const host = (HostConfig: object) => create({ HostConfig });
/** dockerd 20.10 says 500 to what newer ones call a bad request. */
const bad = (HostConfig: object): Step =>
  api(
    'POST',
    '/containers/create',
    { Image: 'busybox', HostConfig },
    { mayDiffer: { status: '400 in newer Docker' } },
  );
const mount = (fields: object) => host({ Mounts: [{ Target: '/a', ...fields }] });

export const refused: Scenario = {
  name: 'refused',
  steps: [
    create({ Env: ['=x'] }),
    create({ WorkingDir: 'relative' }),
    create({ Healthcheck: { Interval: 5 } }),
    create({ Healthcheck: { Retries: -1 } }),
    create({ StopSignal: 'NOSUCH' }),
    host({ Memory: -1 }),
    host({ MemoryReservation: 1 }),
    host({ MemorySwap: 100_000_000 }),
    host({ MemorySwappiness: 101 }),
    host({ OomScoreAdj: 2000 }),
    host({ NanoCpus: 1e9, CpuQuota: 5000 }),
    host({ CpusetCpus: 'abc' }),
    host({ CpusetCpus: '99' }),
    host({ CpusetMems: '99' }),
    host({ IpcMode: 'container:nobody' }),
    host({ NetworkMode: 'container:nobody', Dns: ['192.0.2.1'] }),
    create({ Image: 'nothing/like/this', Hostname: 'h', HostConfig: { NetworkMode: 'container:nobody' } }),
    create({ Image: 'nothing/like/this', HostConfig: { NetworkMode: 'host', Links: ['nobody'] } }),
    host({ VolumesFrom: ['nobody'] }),
    host({ VolumesFrom: [''] }),
    mount({ Type: 'bind', Target: '' }),
    host({ ShmSize: -1 }),
    host({ ExtraHosts: ['nope'] }),
    host({ ExtraHosts: ['a:b'] }),
    host({ Tmpfs: { a: '' } }),
    host({ Tmpfs: { '/': '' } }),
    host({ CapAdd: ['NOSUCH'] }),
    host({ PortBindings: { 'abc/tcp': [{}] } }),
    host({ LogConfig: { Type: 'json-file', Config: { nope: '1' } } }),
    bad({ IOMaximumIOps: 5 }),
    bad({ Isolation: 'process' }),
    bad({ SecurityOpt: ['nope=x'] }),
    bad({ StorageOpt: { nope: '1' } }),
    bad({ Binds: [':/a'] }),
    bad({ Binds: ['ab:b'] }),
    bad({ Binds: ['/a:/'] }),
    bad({ Binds: ['/a:/b:nocopy'] }),
    mount({}),
    host({ Mounts: [{ Type: 'bind' }] }),
    create({ Memory: 524_287 }),
    mount({ Type: 'bind' }),
    mount({ Type: 'bind', Source: '/nowhere/at/all' }),
    mount({ Type: 'bind', Source: '/tmp', BindOptions: { Propagation: 'nope' } }),
    mount({ Type: 'tmpfs', Source: 'x' }),
    mount({ Type: 'volume', BindOptions: {} }),
    api('POST', '/containers/create?name=warned', {
      Image: 'busybox',
      HostConfig: { OomKillDisable: true },
    }),
    api('DELETE', '/containers/warned'),
    create({ NetworkingConfig: { EndpointsConfig: { bridge: null } } }),
  ],
};
