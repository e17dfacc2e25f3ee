/** Images over the API and from the command line: names, archives, commits, history, removal. */
import { api, docker, type Scenario } from '../step.ts';

const words = { message: 'in the words of newer Docker', status: 'newer Docker: the client is at fault' };
/** What 20.10 tells of a container that the image may have come from, and where its layers are. */
const inspected = {
  GraphDriver: 'places of the engine',
  'Metadata.LastTagTime': 'loaded with a name: tagged then',
  ContainerConfig: 'gone from newer Docker',
  Container: 'gone from newer Docker',
  ...Object.fromEntries(
    ['Hostname', 'Image', 'AttachStdout', 'AttachStderr'].map((name) => [
      `Config.${name}`,
      'empty in newer Docker',
    ]),
  ),
  'Config.Labels': 'null in newer Docker where there are none',
  DockerVersion: 'gone from newer Docker',
};
const inspect = (name: string) => api('GET', `/images/${name}/json`, undefined, { mayDiffer: inspected });
const listed = (query = '') =>
  api('GET', `/images/json${query}`, undefined, {
    mayDiffer: { '[].RepoDigests': 'newer Docker has an empty list for none' },
  });
const asked = (method: string, path: string) => api(method, path, undefined, { mayDiffer: words });

/** Without the columns of times. */
const images = (...args: string[]) =>
  docker('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}', ...args);
const history = (name: string) =>
  docker('history', '--format', '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}', name);

const badLoad = (raw: Uint8Array) => {
  const words = 'in the words of newer Docker';
  return {
    ...api('POST', '/images/load', undefined, { mayDiffer: { error: words, errorDetail: words } }),
    raw,
  };
};

const commit = (query: string, body?: object) => api('POST', `/commit?${query}`, body);

export const imagesScenario: Scenario = {
  name: 'images',
  steps: [
    inspect('busybox'),
    api('GET', '/images/busybox:latest/history'),
    asked('GET', '/images/nosuch/json'),
    api('GET', '/images/nosuch:tag/history'),
    asked('GET', '/images/UPPER/json'),
    listed(),
    listed('?shared-size=1'),
    asked('GET', '/images/json?filters={"nonsense":["x"]}'),
    asked('GET', '/images/json?filters={"dangling":["x"]}'),
    api('GET', '/images/json?filters={"before":["nosuch"]}'),
    listed('?filters={"reference":["busy*"]}'),
    listed('?filters={"reference":["nosuch"]}'),
    listed('?all=nonsense'),
    api('POST', '/images/busybox/tag?repo=one&tag=a'),
    api('POST', '/images/busybox/tag?repo=one'),
    api('POST', '/images/busybox/tag?repo=reg.test:5000/x/two&tag=b'),
    asked('POST', '/images/busybox/tag?repo=UPPER&tag=b'),
    asked('POST', '/images/busybox/tag?repo=one&tag=a/b'),
    asked('POST', '/images/busybox/tag?repo='),
    api('POST', '/images/nosuch/tag?repo=one&tag=a'),
    api('POST', `/images/busybox/tag?repo=sha256:${'a'.repeat(64)}`),
    // One repository: the client walks those of an image in the random order of a Go map.
    docker('images', '--no-trunc', 'busybox'),
    docker('images', 'one'),
    docker('images', 'one:a'),
    docker('images', '-q', 'nosuch'),
    docker('images', '--digests', 'one:a'),
    docker('images', '--filter', 'reference=reg.test:5000/*/*'),
    docker('image', 'inspect', '-f', '{{json .RepoTags}} {{.Parent}} {{.Architecture}}', 'one:a'),
    docker('image', 'inspect', 'nosuch'),
    docker('tag', 'nosuch', 'x'),
    docker('tag', 'busybox', 'one:'),
    docker('history', 'busybox'),
    docker('history', '--no-trunc', '-q', 'busybox'),
    docker('history', 'nosuch'),
    docker('rmi', 'nosuch'),
    docker('rmi', 'one:a'),
    docker('rmi', 'reg.test:5000/x/two:b', 'one'),
    docker('create', '--name', 'c1', 'busybox', 'sh', '-c', 'echo one > /one'),
    docker('rmi', 'busybox'),
    docker('start', '-a', 'c1'),
    commit('container=c1&repo=made&tag=1&comment=why&author=me', { Labels: { a: 'b' } }),
    commit('container=c1&repo=made&tag=2&changes=CMD+true&changes=ENV+A=b'),
    commit('container=c1'),
    commit('container=nosuch&repo=x'),
    commit('container=c1&repo=x&changes=NONSENSE+x'),
    commit('container=c1&repo=x&changes=RUN+x'),
    commit('container=c1&repo=x&changes=ENV+A'),
    commit('container=c1&repo=x&changes=LABEL+x=1&changes=WORKDIR'),
    commit('container=c1&repo=x&changes='),
    commit('container=c1&repo=x&changes=%23+words'),
    commit('container=c1&repo=made&tag=4&changes=ENV+B=1+%5C%0A++C=2&changes=ENV+A=x+PATH=/y'),
    inspect('made:4'),
    docker('commit', '-m', 'words', '-c', 'EXPOSE 80', '-c', 'LABEL x=y', 'c1', 'made:3'),
    inspect('made:1'),
    inspect('made:2'),
    api('GET', '/images/made:1/history'),
    history('made:3'),
    images('-a', 'made:2'),
    images('-f', 'dangling=true'),
    images('-f', 'label=a=b'),
    images('-f', 'since=busybox', 'made:1'),
    images('-f', 'before=busybox', 'made:1'),
    docker('create', '--name', 'c2', 'made:1', 'true'),
    docker('commit', 'c2', 'grand:1'),
    history('grand:1'),
    docker('rmi', 'made:1'),
    docker('rm', 'c2'),
    docker('rmi', 'made:1'),
    images('-f', 'dangling=true'),
    docker('rmi', '--no-prune', 'made:2'),
    docker('rmi', 'grand:1'),
    docker('rmi', '-f', 'made:3', 'made:4', 'nosuch'),
    { ...docker('image', 'prune', '-f'), mayDiffer: { stdout: 'bytes on the disk, packed ones too' } },
    images('-a'),
    docker('rm', 'c1'),
    docker('import', '-m', 'words', '-c', 'CMD ["x"]', '/dev/null', 'empty:1'),
    docker('import', '/nosuch', 'empty:2'),
    api('POST', '/images/create?fromSrc=-&repo=UPPER'),
    {
      ...api('POST', '/images/create?fromSrc=-&repo=imp&tag=1&message=m&changes=CMD+x'),
      raw: new Uint8Array(1024),
    },
    inspect('imp:1'),
    api('GET', '/images/imp:1/history'),
    { ...asked('POST', '/images/create?fromSrc=-&repo=bad'), raw: Buffer.from('no tar at all'.repeat(100)) },
    badLoad(Buffer.from('no tar at all'.repeat(100))),
    badLoad(new Uint8Array(1024)),
    asked('GET', '/images/nosuch/get'),
    asked('GET', '/images/get?names=nosuch'),
    api('POST', '/images/create?fromImage=UPPER'),
    api('POST', '/images/create?fromImage=a&platform=x/y/z/w'),
    asked('POST', '/images/create'),
    api('DELETE', '/images/nosuch'),
    api('DELETE', '/images/UPPER'),
    api('DELETE', '/images/imp:1'),
    asked('POST', '/images/prune?filters={"dangling":["x"]}'),
    asked('POST', '/images/prune?filters={"nonsense":["x"]}'),
    asked('POST', '/images/prune?filters={"until":["x"]}'),
    api('POST', '/images/prune'),
    docker('pull', 'UPPER'),
    docker('pull', 'a:b:c'),
    docker('push', 'nosuch:1'),
    { ...docker('save', 'nosuch'), mayDiffer: { stderr: 'in the words of newer Docker' } },
    docker('load', '-i', '/nosuch'),
  ],
};
