/** Questions passed on to other resolvers: whose answers are taken, and how large they may be. */
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import t, { type Test } from 'tap';
import { Forwarder } from '../../../src/network/dns/forward.ts';
import { lengthPrefixed, TcpMessages } from '../../../src/network/dns/tcp-messages.ts';

const SERVER = '127.0.0.53';
const FORGER = '127.0.0.66';

const question = (name: string): Buffer =>
  encode({ type: 'query', id: 4711, flags: 0x0100, questions: [{ type: 'A', name }] });

const answerTo = (query: Packet, count = 1, more: Partial<Packet> = {}): Buffer =>
  encode({
    type: 'response',
    id: query.id,
    flags: 0x0180,
    questions: query.questions,
    answers: Array.from({ length: count }, (_, index) => ({
      type: 'A' as const,
      name: query.questions?.[0]?.name ?? '',
      ttl: 5,
      data: `198.51.100.${index + 1}`,
    })),
    ...more,
  });

type Reply = (query: Packet, send: (bytes: Buffer) => void, from: { port: number; address: string }) => void;

function bound(t: Test, address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  return new Promise((resolve) => socket.bind(port, address, () => resolve(socket)));
}

/** A server on UDP and TCP, at a port that it is free to choose. */
async function server(t: Test, onUdp: Reply, onTcp: (query: Packet) => Buffer): Promise<number> {
  const udp = await bound(t, SERVER, 0);
  udp.on('message', (bytes, from) =>
    onUdp(decode(bytes), (answer) => udp.send(answer, from.port, from.address), from),
  );
  const tcp = createServer((socket) => {
    const messages = new TcpMessages((query) => socket.end(lengthPrefixed(onTcp(decode(query)))));
    socket.on('data', (chunk) => messages.push(chunk));
  });
  t.teardown(() => tcp.close());
  await new Promise<void>((resolve) => tcp.listen(udp.address().port, SERVER, resolve));
  return udp.address().port;
}

const small = { overTcp: false, size: 512 };
const dataOf = (answer: Buffer | undefined) =>
  answer && decode(answer).answers?.map((record) => ('data' in record ? record.data : ''));
const never = (): Buffer => Buffer.alloc(12);

t.test('forged answers are passed over, and the true one is taken', async (t) => {
  const forged = (query: Packet, more: Partial<Packet> = {}) =>
    answerTo(query, 1, {
      answers: [{ type: 'A', name: 'small.example', ttl: 5, data: '203.0.113.66' }],
      ...more,
    });
  let stranger: Socket | undefined;
  let neighbour: Socket | undefined;
  const reply: Reply = (query, send, from) => {
    send(forged(query, { id: ((query.id ?? 0) + 1) & 0xffff }));
    send(forged(query, { questions: [{ type: 'A', name: 'other.example' }] }));
    send(forged(query, { questions: [] }));
    send(forged(query, { type: 'query' }));
    send(Buffer.from([1, 2, 3]));
    stranger?.send(forged(query), from.port, from.address);
    neighbour?.send(forged(query), from.port, from.address);
    setTimeout(() => send(answerTo(query)), 50);
  };
  const port = await server(t, reply, never);
  stranger = await bound(t, FORGER, port);
  neighbour = await bound(t, SERVER, 0);
  const answer = await new Forwarder(port).ask(question('small.example'), [SERVER], small);
  t.strictSame(dataOf(answer), ['198.51.100.1']);
  t.equal(answer?.readUInt16BE(0), 4711, 'with the id of the asker');
});

t.test('every question has a port and an id of its own', async (t) => {
  const ports = new Set<number>();
  const ids = new Set<number>();
  const reply: Reply = (query, send, { port }) => {
    ports.add(port);
    ids.add(query.id ?? 0);
    send(answerTo(query));
  };
  const port = await server(t, reply, never);
  const forwarder = new Forwarder(port);
  await Promise.all(
    Array.from({ length: 64 }, () => forwarder.ask(question('small.example'), [SERVER], small)),
  );
  t.ok(ports.size > 60, 'a port that is free again may come twice');
  t.ok(ids.size > 56, 'the birthday paradox allows a few');
  for (let round = 0; round < 16; round++) await forwarder.ask(question('small.example'), [SERVER], small);
  t.ok(ports.size > 72, 'one after the other too');
});

t.test('large answers', async (t) => {
  const reply: Reply = (query, send) => {
    const isBlunt = query.questions?.[0]?.name === 'blunt.example';
    send(isBlunt ? answerTo(query, 60) : answerTo(query, 0, { flags: 0x0380 }));
  };
  const port = await server(t, reply, (query) => answerTo(query, 60));
  const forwarder = new Forwarder(port);
  const ask = async (name: string, size: number, overTcp = false) =>
    decode((await forwarder.ask(question(name), [SERVER], { overTcp, size })) ?? Buffer.alloc(0));
  t.match(await ask('big.example', 512), { flag_tc: true, answers: [] }, 'cut for whoever takes 512 bytes');
  t.match(await ask('big.example', 4096), { flag_tc: false, answers: { length: 60 } }, 'fetched by TCP');
  t.match(await ask('big.example', 512, true), { answers: { length: 60 } }, 'whole over TCP');
  t.match(await ask('blunt.example', 4096), { flag_tc: false, answers: { length: 60 } });
  t.match(
    await ask('blunt.example', 512),
    { id: 4711, flag_tc: true, answers: [], questions: [{ name: 'blunt.example' }] },
    'a server that sends more than the asker takes',
  );
});

t.test('an answer over TCP must fit the question too', async (t) => {
  const wrong = (query: Packet) => answerTo(query, 1, { questions: [{ type: 'A', name: 'other.example' }] });
  const port = await server(t, () => {}, wrong);
  const options = { overTcp: true, size: 65535 };
  t.equal(await new Forwarder(port).ask(question('small.example'), [SERVER], options), undefined);
});

t.test('where nobody listens the next one is asked at once, and first from then on', async (t) => {
  const port = await server(t, (query, send) => send(answerTo(query)), never);
  const forwarder = new Forwarder(port);
  const begin = performance.now();
  t.strictSame(dataOf(await forwarder.ask(question('small.example'), ['127.0.0.99', SERVER], small)), [
    '198.51.100.1',
  ]);
  t.ok(performance.now() - begin < 1000, 'the kernel says so: no need to wait');
});
