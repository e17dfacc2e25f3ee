/** Every layer announces its steps: a start, told from the request to the running process, in order. */

import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import t from 'tap';
import type { Trace } from '../../src/trace/trace.ts';
import { call } from '../harness/api.ts';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { waitUntil } from '../harness/wait-until.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay');

t.test('the trace of a start', { skip }, async (t) => {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  const loaded = (await docker.loadImage(createReadStream(await builtinImage()))) as NodeJS.ReadableStream;
  await finished(loaded.resume());
  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'] });
  await container.start();
  const traces = async () => {
    const { status, body } = await call(skiffd.socket, 'GET', `/skiff/containers/${container.id}/trace`);
    return status === 200 ? (JSON.parse(body) as Trace[]) : [];
  };
  const has = (name: string) => (trace: Trace) => trace.spans.some((span) => span.name === name);
  const start = await waitUntil('the trace is kept', async () =>
    (await traces()).find(has('container.start')),
  );
  const names = start.spans.map(({ name }) => name);

  t.test('its steps come in order, each in the one that took it', async (t) => {
    const path = [
      'api.request',
      'container.start',
      'runtime.start',
      'runtime.shim.spawn',
      'runtime.runc.run',
    ];
    t.strictSame(
      names.filter((name) => path.includes(name)),
      path,
    );
    for (const [child = '', parent = ''] of [
      ['container.start', 'api.request'],
      ['runtime.start', 'container.start'],
      ['runtime.bundle.create', 'runtime.start'],
      ['runtime.runc.run', 'runtime.start'],
    ])
      t.equal(
        start.spans[start.spans.find(({ name }) => name === child)?.parent ?? -1]?.name,
        parent,
        `${child} in ${parent}`,
      );
  });

  t.test('every layer is in it', async (t) => {
    for (const layer of ['api', 'container', 'network', 'runtime'])
      t.ok(
        names.some((name) => name.startsWith(`${layer}.`)),
        `${layer}: ${names.join(' ')}`,
      );
    const created = (await traces()).find(has('container.create'));
    t.ok(
      created?.spans.some(({ name }) => name.startsWith('image.')),
      'image, in the trace of create',
    );
  });

  t.test('a step lies within the one that took it, and has ended', async (t) => {
    for (const { name, parent, start: from, duration } of start.spans) {
      if (duration === null) return t.fail(`${name} has not ended`);
      const above = start.spans[parent];
      if (above)
        t.ok(from >= above.start && from + duration <= above.start + (above.duration ?? 0) + 0.1, name);
    }
  });

  t.test('what fails says why', async (t) => {
    const failing = await docker.createContainer({ Image: 'busybox', Cmd: ['/no/such/program'] });
    await t.rejects(failing.start());
    const { body } = await call(skiffd.socket, 'GET', `/skiff/containers/${failing.id}/trace`);
    const failed = (JSON.parse(body) as Trace[])
      .flatMap(({ spans }) => spans)
      .filter(({ error }) => error !== undefined);
    t.match(failed.at(-1)?.error, /no such file or directory/);
    await failing.remove();
  });
});
