/** Volumes over the API, from the command line, and in containers. */
import { api, docker, type Scenario } from '../step.ts';

const wording = { message: 'in the words of newer Docker' };
const place = { Mountpoint: 'a place of the engine' };
const anonymous = { ...place, Labels: 'newer Docker marks anonymous volumes' };
const tmpfs = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' };
const create = (body: object, mayDiffer: Record<string, string> = place) =>
  api('POST', '/volumes/create', body, { mayDiffer });
const run = (...args: string[]) => docker('run', '--rm', '--network', 'none', ...args);

export const volumes: Scenario = {
  name: 'volumes',
  steps: [
    create({ Name: 'data', Labels: { a: 'b' } }),
    create({ Name: 'data', Labels: { other: 'c' } }),
    create({}, { ...anonymous, Name: 'made up' }),
    create({ Name: 'fast', DriverOpts: tmpfs }),
    create({ Name: 'x' }),
    create({ Name: 'a/b' }),
    create({ Name: 'vol', Driver: 'nosuch' }),
    create({ Name: 'vol', DriverOpts: { size: '1' } }),
    create({ Name: 'vol', DriverOpts: { type: 'nfs' } }),
    create({ Name: 'data', Driver: 'nosuch' }),
    create({ Name: 5 }, wording),
    api('GET', '/volumes/data', undefined, { mayDiffer: place }),
    api('GET', '/volumes/nosuch'),
    api('GET', '/volumes?filters={"name":["dat"]}', undefined, { mayDiffer: { 'Volumes[]': 'see above' } }),
    api('GET', '/volumes?filters={"label":["a=b"]}', undefined, { mayDiffer: { 'Volumes[]': 'see above' } }),
    api('GET', '/volumes?filters={"label":["a=c"]}'),
    api('GET', '/volumes?filters={"driver":["other"]}'),
    api('GET', '/volumes?filters={"nonsense":["x"]}', undefined, { mayDiffer: wording }),
    api('GET', '/volumes?filters={"dangling":["x"]}', undefined, { mayDiffer: wording }),
    docker('volume', 'ls', '-q', '--filter', 'dangling=true', '--filter', 'name=data'),
    run('-v', 'data:/v', 'busybox', 'sh', '-c', 'echo kept > /v/file; stat -c "%u %g %a" /v'),
    run('-v', 'data:/v:ro', 'busybox', 'sh', '-c', 'cat /v/file; touch /v/other'),
    run('-v', 'fast:/v', 'busybox', 'sh', '-c', 'df -k /v | tail -1 | tr -s " "; stat -c "%u %a" /v'),
    run('--mount', 'type=volume,src=data,dst=/v,readonly', 'busybox', 'cat', '/v/file'),
    run('-v', 'made:/usr', 'busybox', 'ls', '-R', '/usr'),
    run('-v', 'data', 'busybox', 'true'),
    run('-v', '/usr:/v:rslave', 'busybox', 'true'),
    run('-v', '/proc/sys:/v:rshared', 'busybox', 'true'),
    run('-v', '/v', '-v', 'data:/v', 'busybox', 'true'),
    docker(
      'create',
      '--name',
      'user',
      '--network',
      'none',
      '-v',
      'data:/v',
      '-v',
      '/anonymous',
      'busybox',
      'true',
    ),
    docker('volume', 'rm', 'data'),
    docker('volume', 'ls', '-q', '--filter', 'dangling=false', '--filter', 'name=data'),
    // One by one: dockerd tells them in the order of its map.
    ...['/v', '/anonymous'].map((place) =>
      docker(
        'inspect',
        '-f',
        `{{range .Mounts}}{{if eq .Destination "${place}"}}{{.Type}} {{.Driver}} {{.Mode}} {{.RW}}{{end}}{{end}}`,
        'user',
      ),
    ),
    docker('rm', '-v', 'user'),
    docker('volume', 'rm', 'data', 'nosuch'),
    docker('volume', 'rm', '-f', 'nosuch'),
    api('POST', '/volumes/prune?filters={"nonsense":["x"]}', undefined, { mayDiffer: wording }),
    api('POST', '/volumes/prune?filters={"label":["a"]}'),
    {
      ...docker('volume', 'prune', '-f', '--filter', 'label!=a'),
      mayDiffer: { stdout: 'dockerd names them in the order of its map' },
    },
    docker('volume', 'ls', '-q'),
  ],
};
