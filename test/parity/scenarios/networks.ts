/** Networks over the API, from the command line, and of containers. */
import { api, type DockerStep, docker, type Scenario } from '../step.ts';

const NEWER = 'newer Docker says it in these words, or with this status';
const newer = { message: NEWER, status: NEWER };
const differently = (...args: string[]): DockerStep => ({ ...docker(...args), mayDiffer: { stderr: NEWER } });
const create = (body: object, mayDiffer: Record<string, string> = {}) =>
  api('POST', '/networks/create', { CheckDuplicate: true, ...body }, { mayDiffer });
const refused = (body: object) => create(body, newer);
const config = (...Config: object[]) => ({ IPAM: { Driver: 'default', Config } });
const inspect = (name: string, mayDiffer: Record<string, string> = {}) =>
  api('GET', `/networks/${name}`, undefined, { mayDiffer });
const list = (filters: string, mayDiffer: Record<string, string> = {}) =>
  api('GET', `/networks?filters=${filters}`, undefined, { mayDiffer });
const settings = (name: string): DockerStep => ({
  ...docker('inspect', '-f', '{{json .NetworkSettings.Networks}}', name),
  mayDiffer: {
    'stdout.*.Aliases': 'newer Docker keeps the names it adds apart, as DNSNames',
    'stdout.*.NetworkID': 'known to us of a network that a stopped container was connected to',
  },
});
const network = (...args: string[]) => docker('network', ...args);
const run = (...args: string[]) => docker('run', '--rm', ...args);
const sharing = (...args: string[]) => run('--network', 'container:one', ...args, 'busybox', 'true');
const ask = (body: object, mayDiffer: Record<string, string> = {}) =>
  api('POST', '/containers/create', { Image: 'busybox', ...body }, { mayDiffer });
const bridge = (name: string) => `com.docker.network.bridge.${name}`;

const made = [
  create({ Name: 'plain' }),
  create({ Name: 'plain' }),
  refused({ Name: '' }),
  create({ Name: 'a b' }),
  create({ Name: 'host' }),
  create({ Name: 'bridge' }),
  create({ Name: 'x', Driver: 'host' }),
  create({ Name: 'x', Driver: 'null' }),
  create({ Name: 'x', Driver: 'nosuch' }),
  create({ Name: 'x', Driver: 'overlay' }, { status: NEWER }),
  create({ Name: 'x', Scope: 'swarm' }),
  create({ Name: 'x', Ingress: true }),
  create({ Name: 'x', IPAM: { Driver: 'nosuch' } }),
  create({ Name: 'x', IPAM: { Driver: 'null' } }, { status: NEWER }),
  create({ Name: 'x', Driver: 'macvlan', Options: { parent: 'nosuch' } }, { status: NEWER }),
  create({ Name: 'x', Driver: 'macvlan', Options: { parent: 'lo.5000' } }, { status: NEWER }),
  refused({ Name: 'x', Driver: 'macvlan', Options: { parent: 'nosuch.10' } }),
  create({ Name: 'x', Driver: 'macvlan', Options: { macvlan_mode: 'nosuch' } }, { status: NEWER }),
  create({ Name: 'x', Driver: 'ipvlan', Options: { ipvlan_mode: 'nosuch' } }, { status: NEWER }),
  create({ Name: 'x', Options: { 'com.docker.network.driver.mtu': 'nosuch' } }, { status: NEWER }),
  create({ Name: 'x', Options: { [bridge('enable_icc')]: 'nosuch' } }, { status: NEWER }),
  create({ Name: 'x', Options: { [bridge('host_binding_ipv4')]: 'nosuch' } }, { status: NEWER }),
  create({
    Name: 'sized',
    Labels: { a: 'b' },
    ...config({
      Subnet: '10.77.0.0/16',
      IPRange: '10.77.5.0/24',
      Gateway: '10.77.5.254',
      AuxiliaryAddresses: { router: '10.77.5.1' },
    }),
  }),
  inspect('sized'),
  create({ Name: 'x', ...config({ Subnet: '10.77.1.0/24' }) }, { message: NEWER }),
  refused({ Name: 'x', ...config({ Subnet: '10.78.0.0/33' }) }),
  refused({ Name: 'x', ...config({ Subnet: 'nosuch' }) }),
  refused({ Name: 'x', ...config({ Gateway: '10.78.0.1' }) }),
  refused({ Name: 'x', ...config({ Subnet: '10.78.0.0/24', Gateway: '10.79.0.1' }) }),
  refused({ Name: 'x', ...config({ Subnet: '10.78.0.0/24', Gateway: 'nosuch' }) }),
  refused({ Name: 'x', ...config({ Subnet: '10.78.0.0/24', AuxiliaryAddresses: { a: '10.79.0.1' } }) }),
  refused({ Name: 'x', ...config({ Subnet: '10.78.0.0/24' }, { Subnet: '10.79.0.0/24' }) }),
  refused({ Name: 'x', Labels: 5 }),
  create({
    Name: 'six',
    EnableIPv6: true,
    ...config({ Subnet: '10.82.0.0/24', Gateway: '10.82.0.1' }, { Subnet: '2001:db8:7::/64' }),
  }),
  inspect('six', { 'IPAM.Config[].Gateway': 'newer Docker shows the one that it chose' }),
  create({
    Name: 'internal',
    Internal: true,
    ...config({ Subnet: '10.83.0.0/24', Gateway: '10.83.0.1' }),
  }),
  inspect('internal'),
];

const configurations = [
  create({
    Name: 'cfg',
    ConfigOnly: true,
    Labels: { c: 'd' },
    Options: { 'com.docker.network.driver.mtu': '1400' },
    ...config({ Subnet: '10.80.0.0/24', Gateway: '10.80.0.7' }),
  }),
  inspect('cfg'),
  create({ Name: 'x', ConfigOnly: true, Internal: true }),
  create({ Name: 'x', ConfigOnly: true, ConfigFrom: { Network: 'cfg' } }),
  create({ Name: 'x', ConfigFrom: { Network: 'nosuch' } }),
  create({ Name: 'x', ConfigFrom: { Network: 'plain' } }),
  create({ Name: 'x', ConfigFrom: { Network: 'cfg' }, Labels: { a: 'b' } }),
  create({ Name: 'x', ConfigFrom: { Network: 'cfg' }, Options: { a: 'b' } }),
  create({ Name: 'x', ConfigFrom: { Network: 'cfg' }, ...config({ Subnet: '10.81.0.0/24' }) }),
  create({ Name: 'from', Driver: 'bridge', ConfigFrom: { Network: 'cfg' } }),
  inspect('from'),
  network('rm', 'cfg'),
  network('connect', 'cfg', 'nosuch'),
  run('--network', 'cfg', 'busybox', 'true'),
  run('--network', 'from', 'busybox', 'sh', '-c', 'cat /sys/class/net/eth0/mtu; ip route'),
  network('ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}'),
  network('rm', 'from', 'cfg'),
];

const shown = [
  inspect('bridge', {
    'IPAM.Config[].Gateway': 'dockerd knows it from its second start on',
    'Options.com.docker.network.bridge.name': 'named after the instance',
  }),
  inspect('host'),
  inspect('none'),
  inspect('nosuch'),
  inspect('plain?scope=swarm'),
  inspect('plain?scope=local'),
  inspect('plain?verbose=true'),
  inspect('plain?verbose=nosuch'),
  list('{"name":["pla"]}'),
  list('{"driver":["null"]}'),
  list('{"type":["custom"],"label":["a=b"]}'),
  list('{"type":["nosuch"]}', { status: NEWER }),
  list('{"scope":["swarm"]}'),
  list('{"nosuch":["x"]}', { message: NEWER }),
  list('{"dangling":["nosuch"]}', { message: NEWER }),
  network('ls', '-q', '--filter', 'dangling=true', '--filter', 'name=plain'),
  api('DELETE', '/networks/nosuch'),
  api('DELETE', '/networks/bridge'),
  api('DELETE', '/networks/none'),
];

const HOSTS = 'grep -v ip6 /etc/hosts';
const containers = [
  docker(
    ...['run', '-d', '--name', 'one', '--network', 'plain', '--network-alias', 'uno'],
    ...['--hostname', 'einsam', 'busybox', 'sleep', '600'],
  ),
  settings('one'),
  docker('exec', 'one', 'cat', '/etc/resolv.conf'),
  docker('exec', 'one', 'sh', '-c', HOSTS),
  inspect('plain', { Containers: 'keyed by id' }),
  api('DELETE', '/networks/plain', undefined, { mayDiffer: { message: NEWER } }),
  docker(
    ...['run', '-d', '--name', 'two', '--network', 'sized', '--ip', '10.77.9.9'],
    ...['--mac-address', '02:42:11:22:33:44', 'busybox', 'sleep', '600'],
  ),
  settings('two'),
  api('POST', '/containers/create?name=only', {
    Image: 'busybox',
    NetworkingConfig: { EndpointsConfig: { plain: {} } },
  }),
  settings('only'),
  api('DELETE', '/containers/only'),
  run('--network', 'sized', '--ip', '10.77.9.9', 'busybox', 'true'),
  differently('run', '--rm', '--network', 'sized', '--ip', '10.99.9.9', 'busybox', 'true'),
  differently('run', '--rm', '--network', 'sized', '--ip', 'nosuch', 'busybox', 'true'),
  run('--ip', '10.77.9.10', 'busybox', 'true'),
  differently('run', '--rm', '--network', 'plain', '--ip', '10.77.9.10', 'busybox', 'true'),
  run('--network-alias', 'x', 'busybox', 'true'),
  run('--network', 'nosuch', 'busybox', 'true'),
  { ...run('--network', 'container:nosuch', 'busybox', 'true'), mayDiffer: { stderr: 'refused sooner' } },
  run('--network', 'host', '-p', '1:1', '--hostname', 'x', 'busybox', 'hostname'),
  run('--network', 'container:one', 'busybox', 'hostname'),
  sharing('--hostname', 'x'),
  sharing('-p', '1:1'),
  sharing('--expose', '1'),
  sharing('--link', 'two'),
  sharing('--mac-address', '02:42:11:22:33:44'),
  sharing('--dns', '1.1.1.1'),
  sharing('--add-host', 'a:1.1.1.1'),
  run('--network', 'host', '--link', 'two', 'busybox', 'true'),
  run('-p', '70000:80', 'busybox', 'true'),
  ask({ HostConfig: { PortBindings: { 'x/tcp': [{}] } } }, { message: NEWER }),
  ask({ HostConfig: { PortBindings: { '80/tcp': [{ HostPort: 'x' }] } } }),
  ask({ HostConfig: { NetworkMode: 'container:' } }, { message: NEWER }),
  ask(
    { NetworkingConfig: { EndpointsConfig: { plain: {}, sized: {} } } },
    { message: 'dockerd names them in the order of its map' },
  ),
  ask(
    {
      HostConfig: { NetworkMode: 'plain' },
      NetworkingConfig: { EndpointsConfig: { plain: { IPAMConfig: { IPv4Address: 'nosuch' } } } },
    },
    { message: NEWER },
  ),
];

const joining = [
  network('connect', '--alias', 'due', '--ip', '10.77.9.11', 'sized', 'one'),
  settings('one'),
  docker('exec', 'one', 'sh', '-c', `${HOSTS}; ip -o -4 address | wc -l; ip route | grep default`),
  network('connect', 'sized', 'one'),
  network('connect', 'sized', 'nosuch'),
  network('connect', 'nosuch', 'one'),
  network('connect', 'host', 'one'),
  network('connect', 'none', 'one'),
  network('connect', '--ip', '10.77.9.9', 'sized', 'one'),
  differently('network', 'connect', '--ip', '1.2.3.4', 'bridge', 'one'),
  differently('network', 'connect', '--alias', 'x', 'bridge', 'one'),
  api('POST', '/networks/plain/connect', {}),
  api(
    'POST',
    '/networks/plain/connect',
    { Container: 'two', EndpointConfig: { IPAMConfig: { IPv4Address: '10.1.1.1' } } },
    { mayDiffer: { message: NEWER } },
  ),
  network('disconnect', 'plain', 'two'),
  network('disconnect', '-f', 'plain', 'two'),
  network('disconnect', '-f', 'plain', 'nosuch'),
  network('disconnect', 'host', 'one'),
  network('disconnect', 'plain', 'one'),
  docker('exec', 'one', 'ip', 'route'),
  settings('one'),
  docker('stop', '-t', '0', 'one'),
  settings('one'),
  network('connect', 'plain', 'one'),
  settings('one'),
  network('disconnect', 'sized', 'one'),
  network('rm', 'plain'),
  docker('start', 'one'),
  docker('rm', '-f', 'one'),
  docker('create', '--name', 'late', '--network', 'soon', 'busybox', 'true'),
  docker('start', 'late'),
  network('create', 'soon'),
  docker('start', '-a', 'late'),
  docker('rm', 'late'),
];

const PORTS = '{{json .NetworkSettings.Ports}}';
const ENVIRONMENT = 'grep -c alias /etc/hosts; env | grep ALIAS | sort';
const linked = (...args: string[]) => run('--name', 'linked', ...args);
const published = [
  docker(
    ...['run', '-d', '--name', 'web', '-p', '127.0.0.1:0:80', '-p', '53/udp', '--expose', '99'],
    ...['-e', 'A=b', 'busybox', 'sleep', '600'],
  ),
  {
    ...docker('inspect', '-f', PORTS, 'web'),
    mayDiffer: {
      'stdout.53/udp': 'the compared dockerd has no IPv6 in its namespace',
      'stdout.80/tcp[].HostPort': 'a random port each',
    },
  },
  docker('port', 'web', '99'),
  docker('port', 'web', '80/udp'),
  linked('--link', 'web:alias', 'busybox', 'sh', '-c', ENVIRONMENT),
  linked('--link', 'nosuch:alias', 'busybox', 'true'),
  linked('--link', 'web:', 'busybox', 'true'),
  linked('--link', 'two:alias', 'busybox', 'true'),
  docker('create', '--name', 'linked', '--link', 'web:al-ias', 'busybox', 'env'),
  docker('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'),
  docker('ps', '--format', '{{.Names}}', '--filter', 'name=web'),
  docker('start', '-a', 'linked'),
  docker('kill', 'web'),
  docker('start', '-a', 'linked'),
  docker('rm', '--link', 'linked/nosuch'),
  docker('rm', '--link', 'linked/al-ias'),
  docker('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'),
  network('prune', '-f', '--filter', 'label=nosuch'),
  differently('network', 'prune', '-f', '--filter', 'nosuch=a'),
  docker('rm', '-f', 'web', 'two', 'linked'),
  {
    ...network('prune', '-f'),
    mayDiffer: { stdout: 'dockerd names them in the order of its map' },
  },
  network('ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}'),
];

export const networks: Scenario = {
  name: 'networks',
  steps: [...made, ...configurations, ...shown, ...containers, ...joining, ...published],
};
