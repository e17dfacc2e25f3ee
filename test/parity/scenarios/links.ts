/** Legacy links on the default bridge, as they come and go; and how the lines of a log are framed. */
import { api, docker, type Scenario } from '../step.ts';

const linked = (Cmd: string[], Links: string[]) => ({ Image: 'busybox', Cmd, HostConfig: { Links } });
const child = {
  Image: 'busybox',
  Hostname: 'somewhere',
  Cmd: ['sleep', '600'],
  Env: ['FOO=1', 'BAR=x y', 'HOME=/nowhere'],
  ExposedPorts: { '80/tcp': {}, '53/udp': {} },
};
/** Ports that follow each other, of one protocol and of two. */
const ranges = {
  Image: 'busybox',
  Cmd: ['sleep', '600'],
  ExposedPorts: Object.fromEntries(
    ['80/tcp', '81/tcp', '90/tcp', '91/udp', '92/tcp', '7000/udp', '7001/udp', '7002/udp', '7002/tcp'].map(
      (port) => [port, {}],
    ),
  ),
};
const status = { mayDiffer: { status: 'dockerd says 500; the client can mend it' } };
const lines = ['sh', '-c', 'printf "a\\n\\nb\\n"; head -c 40000 /dev/zero | tr "\\0" x; printf "\\nend"'];

export const links: Scenario = {
  name: 'links',
  steps: [
    api('POST', '/containers/create', linked(['true'], ['nobody:alias'])),
    api('POST', '/containers/create?name=child', child),
    api('POST', '/containers/create?name=parent', linked(['env'], ['child:db-x'])),
    docker('inspect', '-f', '{{json .HostConfig.Links}}', 'parent'),
    docker('ps', '-a', '--format', '{{.Names}}', '--no-trunc'),
    api('POST', '/containers/parent/start', undefined, status),
    docker('start', 'child'),
    docker('start', '-a', 'parent'),
    docker('run', '--rm', '--link', 'child:db', 'busybox', 'grep', 'somewhere', '/etc/hosts'),
    docker('rename', 'child', 'kid'),
    docker('inspect', '-f', '{{json .HostConfig.Links}}', 'parent'),
    docker('rm', '--link', 'parent/db-x'),
    docker('inspect', '-f', '{{json .HostConfig.Links}}', 'parent'),
    docker('rm', '-f', 'kid', 'parent'),
    api('POST', '/containers/create?name=ranges', ranges),
    docker('start', 'ranges'),
    docker(
      'run',
      '--rm',
      '--name',
      'asker',
      '--link',
      'ranges:r',
      'busybox',
      'sh',
      '-c',
      'env | grep ^R_ | sed s/[0-9]*[.][0-9.]*/ADDRESS/ | sort',
    ),
    docker('rm', '-f', 'ranges'),
    // Who is in another's network is linked to where that one is.
    docker('create', '--name', 'owner', '--expose', '80', 'busybox', 'sleep', '600'),
    docker('create', '--name', 'guest', '--net', 'container:owner', 'busybox', 'sleep', '600'),
    docker('start', 'owner', 'guest'),
    docker(
      'run',
      '--rm',
      '--link',
      'guest:there',
      'busybox',
      'sh',
      '-c',
      'ping -c 1 there >/dev/null && echo found',
    ),
    docker('create', '--name', 'linked', '--link', 'guest:there', 'busybox', 'true'),
    docker('inspect', '-f', '{{json .HostConfig.Links}}', 'linked'),
    docker('create', '--name', 'host', '--net', 'host', 'busybox', 'true'),
    api('POST', '/containers/create', linked(['true'], ['host:alias'])),
    docker(
      'run',
      '--rm',
      '--net',
      'container:guest',
      'busybox',
      'sh',
      '-c',
      'grep -c . /etc/hosts; hostname | grep -c .',
    ),
    docker('rm', '-f', 'owner', 'guest', 'linked', 'host'),
    api('POST', '/containers/create?name=lines', { Image: 'busybox', Cmd: lines }),
    docker('start', '-a', 'lines'),
    api('GET', '/containers/lines/logs?stdout=1'),
    api('GET', '/containers/lines/logs?stdout=1&tail=1'),
    docker('rm', 'lines'),
  ],
};
