import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { parseFilters } from '../../../src/api/query.ts';
import { type EngineEvent, EventBus, nowNano } from '../../../src/core/events.ts';
import { eventFilter } from '../../../src/daemon/system/events/filter.ts';
import { eventLine } from '../../../src/daemon/system/events/message.ts';
import { streamEvents } from '../../../src/daemon/system/events/stream.ts';
import { parseEventTime } from '../../../src/daemon/system/events/time.ts';

const container = (action: string, attributes = {}): EngineEvent => ({
  type: 'container',
  action,
  actor: { id: 'abc123', attributes: { image: 'localhost:5000/web:1', name: 'box', ...attributes } },
  timeNano: 1_700_000_000_123_456_789n,
});
const image: EngineEvent = {
  type: 'image',
  action: 'tag',
  actor: { id: 'sha256:fff', attributes: { name: 'web:1' } },
  timeNano: 5n,
};

t.test('filters', async (t) => {
  const rows: [object, EngineEvent, boolean][] = [
    [{}, image, true],
    [{ type: ['image'] }, image, true],
    [{ type: ['image', 'container'] }, container('start'), true],
    [{ type: ['volume'] }, image, false],
    [{ event: ['start', 'die'] }, container('die'), true],
    [{ event: ['exec_create'] }, container('exec_create: sh -c true'), true],
    [{ event: ['health_status'] }, container('health_status: healthy'), true],
    [{ event: ['exec'] }, container('exec_create: sh'), false],
    [{ container: ['box'] }, container('start'), true],
    [{ container: ['abc'] }, container('start'), true],
    [{ container: ['other'] }, container('start'), false],
    [{ container: ['sha'] }, image, false],
    [{ image: ['localhost:5000/web'] }, container('start'), true],
    [{ image: ['localhost:5000/web:1'] }, container('start'), true],
    [{ image: ['web'] }, container('start'), false],
    [{ image: ['web'] }, image, true],
    [{ image: ['sha256:fff'] }, image, true],
    [{ label: ['a=b'] }, container('start', { a: 'b' }), true],
    [{ label: ['a=c'] }, container('start', { a: 'b' }), false],
    [{ scope: ['swarm'] }, image, false],
    [{ event: ['start'], container: ['other'] }, container('start'), false],
    [{ nonsense: ['x'] }, image, true],
  ];
  for (const [filters, event, expected] of rows)
    t.equal(eventFilter(parseFilters(JSON.stringify(filters)))(event), expected, JSON.stringify(filters));
});

t.test('a line holds every digit of the time, and old words for old clients', async (t) => {
  t.match(eventLine(container('start'), '1.55'), /"time":1700000000,"timeNano":1700000000123456789\}$/);
  const words = (event: EngineEvent, version: string) => {
    const { status, id, from } = JSON.parse(eventLine(event, version));
    return { status, id, from };
  };
  const none = { status: undefined, id: undefined, from: undefined };
  t.strictSame(words(container('start'), '1.51'), {
    status: 'start',
    id: 'abc123',
    from: 'localhost:5000/web:1',
  });
  t.strictSame(words(container('start'), '1.52'), none);
  t.strictSame(words(image, '1.51'), { status: 'tag', id: 'sha256:fff', from: undefined });
  t.strictSame(words({ ...image, type: 'volume' }, '1.51'), none);
});

t.test('times', async (t) => {
  t.equal(parseEventTime(undefined), undefined);
  t.equal(parseEventTime('5'), 5_000_000_000n);
  t.equal(parseEventTime('5.000000001'), 5_000_000_001n);
  t.equal(parseEventTime('5.1'), 5_100_000_000n);
  for (const text of ['x', '5.', '1e3', '2020-01-01'])
    t.throws(() => parseEventTime(text), /invalid timestamp/);
});

t.test('the stream', async (t) => {
  const listen = (bus: EventBus, since?: bigint, until?: bigint) => {
    const client = new PassThrough();
    let heard = '';
    client.on('data', (chunk) => {
      heard += chunk;
    });
    streamEvents(
      bus,
      { since, until, matches: ({ action }) => action !== 'hidden', write: ({ action }) => action },
      client,
    );
    return { client, heard: () => heard };
  };
  const bus = new EventBus();
  bus.publish('volume', 'old', 'x');
  const middle = nowNano();
  bus.publish('volume', 'past', 'x');
  bus.publish('volume', 'hidden', 'x');

  await t.test('live only', async (t) => {
    const { client, heard } = listen(bus);
    bus.publish('volume', 'live', 'x');
    await turn();
    t.equal(heard(), 'live\n');
    client.destroy();
    await once(client, 'close');
    t.equal(bus.listenerCount, 0, 'nothing is kept for a client that is gone');
  });
  await t.test('from a time on', async (t) => {
    const { client, heard } = listen(bus, middle);
    await turn();
    t.equal(heard(), 'past\nlive\n');
    client.destroy();
  });
  await t.test('up to a time that is over', async (t) => {
    const { client, heard } = listen(bus, 0n, middle);
    await once(client, 'end');
    t.equal(heard(), 'old\n');
    t.equal(bus.listenerCount, 0);
  });
  await t.test('up to a time to come', async (t) => {
    const { client, heard } = listen(bus, undefined, nowNano() + 50_000_000n);
    bus.publish('volume', 'soon', 'x');
    await once(client, 'end');
    t.equal(heard(), 'old\npast\nlive\nsoon\n');
  });
  await t.test('a client that does not read is let go', async (t) => {
    const client = new PassThrough({ highWaterMark: 1 });
    streamEvents(
      bus,
      { since: undefined, until: undefined, matches: () => true, write: () => 'x'.repeat(1e6) },
      client,
    );
    for (let count = 0; count < 10; count++) bus.publish('volume', 'many', 'x');
    t.ok(client.destroyed);
  });
});
