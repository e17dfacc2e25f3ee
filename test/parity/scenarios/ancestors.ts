/** Which containers come from an image: from it, or from what was committed or built from it, and no others. */
import { api, docker, type Scenario } from '../step.ts';

const words = { message: 'in the words of newer Docker', status: 'newer Docker: 404' };
const listed = (...filters: string[]) =>
  docker('ps', '-a', '--format', '{{.Names}}', ...filters.flatMap((filter) => ['-f', filter]));

export const ancestors: Scenario = {
  name: 'ancestors',
  steps: [
    docker('create', '--name', 'first', 'busybox', 'true'),
    docker('commit', 'first', 'line:1'),
    docker('commit', '-c', 'LABEL a=b', 'first', 'line:2'),
    docker('create', '--name', 'second', 'line:1', 'true'),
    docker('create', '--name', 'beside', 'line:2', 'true'),
    docker('commit', 'second', 'grand:1'),
    docker('create', '--name', 'third', 'grand:1', 'true'),
    { ...docker('build', '-q', '-t', 'built:1', '-'), input: 'FROM line:1\nLABEL c=d\nENV E=f\n' },
    docker('create', '--name', 'builder', 'built:1', 'true'),
    docker('tag', 'busybox', 'alias:1'),
    docker('create', '--name', 'aliased', 'alias:1', 'true'),
    listed('ancestor=busybox'),
    listed('ancestor=alias:1'),
    listed('ancestor=line:1'),
    listed('ancestor=line:2'),
    listed('ancestor=grand:1', 'ancestor=built:1'),
    listed('ancestor=nosuch'),
    listed('ancestor=nosuch', 'ancestor=line:2'),
    listed('ancestor=line:1', 'since=second'),
    listed('since=second', 'before=builder'),
    docker('ps', '--format', '{{.Names}}', '-f', 'since=second'),
    api('GET', '/containers/json?filters={"before":["nosuch"]}', undefined, { mayDiffer: words }),
    docker('rmi', 'alias:1', 'line:1'),
    listed('ancestor=line:1'),
    docker('rm', 'first', 'second', 'beside', 'third', 'builder', 'aliased'),
    {
      ...docker('rmi', 'built:1'),
      mayDiffer: { stdout: 'no image of ours stands for a step between' },
    },
    docker('rmi', 'grand:1', 'line:2'),
    { ...docker('builder', 'prune', '-af'), mayDiffer: { stdout: 'its cache are its images' } },
  ],
};
