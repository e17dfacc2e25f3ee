/** docker-compose: a project of three services, two networks and two volumes, from `up` to `down -v`. */
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { cli } from '../harness/client.ts';
import { debianCompose } from '../harness/compose.ts';
import { debianDocker } from '../harness/docker-cli.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';

t.setTimeout(300_000);

const skip = requires('root', 'runc', 'conmon', 'overlay', 'apt-get', 'dpkg');
if (skip) t.pass('docker-compose', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = cli(`${await debianDocker()}/usr/bin/docker`, skiffd);
  await docker('load', '-i', await builtinImage());
  const { command, env } = await debianCompose();
  const [program = '', ...first] = command;
  const compose = async (args: string[], more: Record<string, string> = {}) => {
    const { exitCode, stdout, stderr } = await execa(program, [...first, '-p', skiffd.instance, ...args], {
      cwd: join(import.meta.dirname, '../fixtures/compose'),
      env: { ...env, DOCKER_HOST: skiffd.host, ...more },
      reject: false,
      stdin: 'ignore',
    });
    t.equal(exitCode, 0, `${args.join(' ')}: ${stderr.slice(-600)}`);
    t.notMatch(stderr, /WARN|ERROR/, 'without complaint');
    return stdout;
  };
  const inApp = (...words: string[]) => compose(['exec', '-T', 'app', ...words]);

  t.test('a project', async (t) => {
    await compose(['up', '-d']);
    t.match(await compose(['ps']), /_db_1 .* Up \(healthy\)/);
    const seen = await inApp('sh', '-c', 'nslookup web; cat /project/docker-compose.yml; mount');
    for (const pattern of [/Address: \d/, /services:/, /tmpfs on \/shared/]) t.match(seen, pattern);
    const place = await compose(['port', 'web', '80']);
    t.equal(await (await fetch(`http://${place}/`)).text(), 'page\n');
    t.match(await compose(['logs', '--no-color', 'app']), /app_1 +\| kept/);

    await compose(['up', '-d', '--scale', 'app=3']);
    const found = await compose(['exec', '-T', 'web', 'sh', '-c', 'cat /etc/hosts; nslookup app']);
    t.match(found, /192\.0\.2\.9\tother/);
    t.equal(found.match(/^Address: \d/gm)?.length, 3, 'one name, three addresses');

    await compose(['up', '-d', '--force-recreate', '--scale', 'app=1'], { COLOUR: 'blue' });
    const after = await inApp('sh', '-c', 'env; wget -q -O - http://database/state');
    t.match(after, /COLOUR=blue/);
    t.match(after, /kept\nkept$/, 'volumes are kept');

    await compose(['down', '-v']);
    for (const list of [
      ['ps', '-aq'],
      ['volume', 'ls', '-q'],
      ['network', 'ls', '-q', '-f', 'type=custom'],
    ])
      t.equal((await docker(...list)).stdout, '', `${list[0]}: nothing is left`);
  });
}
