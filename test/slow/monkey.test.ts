/**
 * Many clients that do not know of each other do to a few containers whatever the API lets them, while the daemon is
 * killed now and then. It may refuse; it may not break: no answer of 500 and above, no request without an answer, no
 * failure that it had to log, and nothing left when all containers are removed.
 */
import { createReadStream } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode } from '../harness/client.ts';
import { processes } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { type Skiffd, startSkiffd } from '../harness/skiffd.ts';

const SECONDS = Number(process.env.SKIFF_MONKEY_SECONDS ?? 60);
const CLIENTS = 12;
const NAMES = ['ape', 'bee', 'cat', 'dog', 'elk'];
/** A request that has not been answered by then never will be. */
const PATIENCE = 30_000;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const SCRIPTS = [
  'true',
  'exit 3',
  'sleep 0.2; exit 4',
  'while :; do echo tick; sleep 0.01; done',
  'trap "exit 9" TERM; while :; do sleep 0.05; done',
  'head -c 300000 /dev/zero | tr "\\0" "x"; sleep 1',
  'cat',
];
const HOSTS = [
  {},
  { NetworkMode: 'none' },
  { AutoRemove: true, NetworkMode: 'none' },
  { RestartPolicy: { Name: 'always' } },
  { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 }, NetworkMode: 'none' },
  { Memory: 32 << 20, Binds: ['shared:/data'] },
  { PortBindings: { '80/tcp': [{}] } },
  { NetworkMode: 'north' },
  { NetworkMode: 'south', Binds: ['other:/data'], AutoRemove: true },
];

interface Attempt {
  method: string;
  path: string;
  body?: unknown;
  /** A connection that is taken over, or a stream: it is left after so many ms. */
  leaveAfter?: number;
}

const container = (method: string, rest: string, body?: unknown, leaveAfter?: number): Attempt => ({
  method,
  path: `/containers/${pick(NAMES)}${rest}`,
  body,
  leaveAfter,
});

const NETWORKS = ['north', 'south'];
const VOLUMES = ['shared', 'other'];
/** Names that come and go. */
const IMAGES = ['made', 'again'];

const onNetwork = (verb: string): Attempt => ({
  method: 'POST',
  path: `/networks/${pick(['bridge', ...NETWORKS])}/${verb}`,
  body: { Container: pick(NAMES) },
});

const create = (): Attempt => ({
  method: 'POST',
  path: `/containers/create?name=${pick(NAMES)}`,
  body: {
    Image: 'busybox',
    Cmd: ['sh', '-c', pick(SCRIPTS)],
    OpenStdin: Math.random() < 0.5,
    Tty: Math.random() < 0.3,
    HostConfig: pick(HOSTS),
  },
});

const ATTEMPTS: (() => Attempt)[] = [
  create,
  create,
  create,
  () => container('POST', '/start'),
  () => container('POST', '/start'),
  () => container('POST', '/start'),
  () => container('POST', '/stop?t=0'),
  () => container('POST', '/restart?t=0'),
  () => container('POST', '/kill'),
  () => container('POST', '/kill?signal=TERM'),
  () => container('POST', '/pause'),
  () => container('POST', '/unpause'),
  () => container('POST', `/rename?name=${pick(NAMES)}`),
  () => container('POST', '/update', { Memory: 64 << 20, MemorySwap: -1 }),
  () => container('POST', '/wait', undefined, Math.random() * 500),
  () => container('POST', '/attach?stream=1&stdout=1&stdin=1', undefined, Math.random() * 500),
  () => container('POST', '/exec', { Cmd: ['sh', '-c', pick(SCRIPTS)], AttachStdout: true }),
  () => container('POST', '/resize?h=10&w=20'),
  () => container('GET', '/json'),
  () => container('GET', '/logs?stdout=1&follow=1', undefined, Math.random() * 300),
  () => container('GET', '/stats?stream=0'),
  () => container('GET', '/top'),
  () => container('GET', '/changes'),
  () => container('GET', '/archive?path=/etc', undefined, 50),
  () => container('GET', '/export', undefined, 50),
  () => container('DELETE', '?force=1&v=1'),
  () => container('DELETE', ''),
  () => ({ method: 'GET', path: '/containers/json?all=1&size=1' }),
  () => ({ method: 'POST', path: `/commit?container=${pick(NAMES)}&repo=made` }),
  () => ({ method: 'POST', path: '/containers/prune' }),
  () => ({ method: 'GET', path: '/system/df' }),
  () => onNetwork('disconnect'),
  () => onNetwork('connect'),
  () => ({ method: 'POST', path: '/networks/create', body: { Name: pick(NETWORKS) } }),
  () => ({ method: 'DELETE', path: `/networks/${pick(NETWORKS)}` }),
  () => ({ method: 'POST', path: '/networks/prune' }),
  () => ({ method: 'POST', path: '/volumes/create', body: { Name: pick(VOLUMES) } }),
  () => ({ method: 'DELETE', path: `/volumes/${pick(VOLUMES)}` }),
  () => ({ method: 'POST', path: '/volumes/prune?filters={"all":["1"]}' }),
  () => ({ method: 'POST', path: `/images/busybox/tag?repo=${pick(IMAGES)}` }),
  () => ({ method: 'DELETE', path: `/images/${pick(IMAGES)}?force=${pick(['0', '1'])}` }),
  () => ({ method: 'POST', path: '/images/prune' }),
  () => ({ method: 'GET', path: '/images/json?shared-size=1' }),
  () => ({ method: 'GET', path: `/images/${pick(IMAGES)}/get`, leaveAfter: 100 }),
  () => ({ method: 'POST', path: `/build?t=${pick(IMAGES)}`, body: 'no archive', leaveAfter: 100 }),
];

interface Answer {
  status: number;
  body: string;
}

/** Rejects when the daemon went away in the middle. */
function ask({ socket }: Skiffd, { method, path, body, leaveAfter }: Attempt): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(path.includes('/attach') && { Connection: 'Upgrade', Upgrade: 'tcp' }),
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ socketPath: socket, method, path, headers });
    const timer = setTimeout(() => {
      sent.destroy(new Error(leaveAfter === undefined ? 'no answer' : 'left'));
    }, leaveAfter ?? PATIENCE);
    const answer = (status: number, said: string) => {
      clearTimeout(timer);
      resolve({ status, body: said });
    };
    sent.on('upgrade', (_, taken) => {
      taken.on('error', () => {});
      setTimeout(() => taken.destroy(), leaveAfter);
      answer(101, '');
    });
    sent.on('response', async (response) => {
      let said = '';
      try {
        for await (const chunk of response) if (said.length < 500) said += chunk;
        answer(response.statusCode ?? 0, said);
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', (error) => {
      clearTimeout(timer);
      if (error.message === 'left') resolve({ status: 0, body: '' });
      else reject(error);
    });
    sent.end(text);
  });
}

const skip = requires('root', 'runc', 'conmon', 'overlay');
t.setTimeout((SECONDS + 120) * 1000);

t.test('whatever clients do', { skip }, async (t) => {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await finished(
    ((await docker.loadImage(createReadStream(await builtinImage()))) as NodeJS.ReadableStream).resume(),
  );
  const broken: string[] = [];
  const counts = new Map<number, number>();
  const end = performance.now() + SECONDS * 1000;
  let isUp = true;

  const client = async () => {
    while (performance.now() < end) {
      const attempt = pick(ATTEMPTS)();
      const wasUp = isUp;
      try {
        const { status, body } = await ask(skiffd, attempt);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status >= 500) broken.push(`${attempt.method} ${attempt.path}: ${status} ${body.slice(0, 300)}`);
        const id = status === 201 && attempt.path.endsWith('/exec') ? JSON.parse(body).Id : undefined;
        if (id) await ask(skiffd, { method: 'POST', path: `/exec/${id}/start`, body: {}, leaveAfter: 200 });
      } catch (error) {
        const { message } = error as Error;
        if (wasUp && isUp && message === 'no answer')
          broken.push(`${attempt.method} ${attempt.path}: ${message}`);
        await sleep(20);
      }
    }
  };
  const killer = async () => {
    while (performance.now() < end - 10_000) {
      await sleep(4000 + Math.random() * 4000);
      isUp = false;
      await skiffd.crash();
      await skiffd.start();
      isUp = true;
    }
  };
  await Promise.all([killer(), ...Array.from({ length: CLIENTS }, client)]);

  t.comment(Object.fromEntries(counts));
  t.strictSame([...new Set(broken)], []);
  const complaints = skiffd
    .log()
    .split('\n')
    .filter((line) => /"level":(5|6)0/.test(line));
  t.strictSame([...new Set(complaints.map((line) => complaintOf(JSON.parse(line))))], []);
  for (const { Id } of await docker.listContainers({ all: true }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  t.strictSame(
    processes().filter(
      ({ command }) => command.join(' ').includes(skiffd.execRoot) && !command.join(' ').includes('skiffd'),
    ),
    [],
  );
});

function complaintOf({
  msg,
  err,
  url,
}: {
  msg: string;
  url?: string;
  err?: { message: string; stack?: string };
}): string {
  return [msg, url, err?.stack].filter(Boolean).join(': ');
}
