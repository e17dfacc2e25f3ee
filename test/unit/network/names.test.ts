/** The book of names, and the answers made of it. */
import { decode, type Packet, type RecordType } from 'dns-packet';
import t from 'tap';
import { addressOfReverse, answerFor, encodeFor, RCODE } from '../../../src/network/dns/answer.ts';
import { NameBook, type NamedContainer, type NamedEndpoint } from '../../../src/network/dns/names.ts';
import { lengthPrefixed, TcpMessages } from '../../../src/network/dns/tcp-messages.ts';

const endpoint = (networkId: string, ipv4: string, more: Partial<NamedEndpoint> = {}): NamedEndpoint => ({
  networkId,
  networkName: networkId,
  internal: false,
  ipv4,
  hostAddresses: ['10.0.0.1'],
  aliases: [],
  links: {},
  ...more,
});

const container = (name: string, ...endpoints: NamedEndpoint[]): NamedContainer => ({
  containerId: name.repeat(8),
  names: [name, `${name}-short`],
  endpoints,
  servers: [],
});

const web = container('web', endpoint('a', '10.0.0.2', { aliases: ['svc'], ipv6: 'fd00::2' }));
const db = container(
  'db',
  endpoint('a', '10.0.0.3', { aliases: ['SVC'], links: { w: 'web' } }),
  endpoint('b', '10.1.0.3'),
);
const far = container('far', endpoint('b', '10.1.0.4', { internal: true }));

function bookOf(...containers: NamedContainer[]): NameBook {
  const book = new NameBook();
  for (const one of containers) book.put(one);
  return book;
}

t.test('who is called what, and by whom', async (t) => {
  const book = bookOf(web, db, far);
  const rows: [NamedContainer, string, string[] | undefined][] = [
    [db, 'web', ['10.0.0.2']],
    [db, 'WEB.A', ['10.0.0.2']],
    [db, 'web.b', undefined],
    [db, 'web-short', ['10.0.0.2']],
    [db, 'w', ['10.0.0.2']],
    [web, 'w', undefined],
    [web, 'svc', ['10.0.0.2', '10.0.0.3']],
    [db, 'far', ['10.1.0.4']],
    [web, 'far', undefined],
    [far, 'db', ['10.1.0.3']],
    [web, 'host.docker.internal', ['10.0.0.1']],
    [web, 'constructor', undefined],
  ];
  for (const [asker, name, expected] of rows)
    t.strictSame(book.lookup(asker, name)?.ipv4, expected, `${asker.names[0]}: ${name}`);
  t.equal(book.reverse(db, '10.1.0.4'), 'far.b');
  t.equal(book.reverse(web, '10.1.0.4'), undefined);
});

t.test('a container that goes, or is called otherwise, leaves no name behind', async (t) => {
  const book = bookOf(web, db);
  book.put({ ...web, names: ['fresh'] });
  t.equal(book.lookup(db, 'web'), undefined);
  t.strictSame(book.lookup(db, 'fresh')?.ipv4, ['10.0.0.2']);
  book.remove(web.containerId);
  t.strictSame(book.lookup(db, 'svc')?.ipv4, ['10.0.0.3']);
  t.equal(book.reverse(db, '10.0.0.2'), undefined);
});

const query = (name: string, type: RecordType): Packet => ({
  type: 'query',
  id: 7,
  flags: 0x0100,
  questions: [{ type, name }],
});
const ask = (book: NameBook, asker: NamedContainer, name: string, type: RecordType = 'A', turn = 0) =>
  answerFor(book, asker, { query: query(name, type), name, type }, turn);
const dataOf = (packet: Packet | undefined) =>
  packet?.answers?.map((answer) => ('data' in answer ? answer.data : ''));

t.test('answers', async (t) => {
  const book = bookOf(web, db, far);
  t.strictSame(dataOf(ask(book, db, 'web')), ['10.0.0.2']);
  t.strictSame(dataOf(ask(book, db, 'web', 'AAAA')), ['fd00::2']);
  t.strictSame(dataOf(ask(book, web, 'db', 'AAAA')), [], 'NODATA');
  t.strictSame(dataOf(ask(book, web, 'db', 'MX')), [], 'NODATA');
  t.strictSame(dataOf(ask(book, db, 'svc', 'A', 1)), ['10.0.0.3', '10.0.0.2'], 'turned');
  t.strictSame(dataOf(ask(book, db, '2.0.0.10.in-addr.arpa', 'PTR')), ['web.a']);
  t.equal(ask(book, db, 'example.org'), undefined, 'for others to say');
  t.equal((ask(book, far, 'example.org')?.flags ?? 0) & 15, RCODE.NXDOMAIN, 'but not from inside');
});

t.test('an answer that does not fit is cut', async (t) => {
  const many = Array.from({ length: 60 }, (_, index) =>
    container(`c${index}`, endpoint('a', `10.0.1.${index}`, { aliases: ['many'] })),
  );
  const book = bookOf(web, ...many);
  const response = ask(book, web, 'many');
  if (!response) throw new Error('no answer');
  const cut = encodeFor(query('many', 'A'), response, false);
  t.ok(cut.length <= 512);
  t.ok(decode(cut).flag_tc);
  t.equal(decode(encodeFor(query('many', 'A'), response, true)).answers?.length, 60);
});

t.test('reverse names', async (t) => {
  t.equal(addressOfReverse('4.3.2.1.IN-ADDR.arpa'), '1.2.3.4');
  t.equal(addressOfReverse(`2.${'0.'.repeat(29)}d.f.ip6.arpa`), 'fd00::2');
  t.equal(addressOfReverse('3.2.1.in-addr.arpa'), undefined);
});

t.test('messages in a stream, however it is cut', async (t) => {
  const messages = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(700, 7)];
  const stream = Buffer.concat(messages.map(lengthPrefixed));
  for (const size of [1, 2, 3, 500, stream.length]) {
    const found: Buffer[] = [];
    const parser = new TcpMessages((message) => found.push(Buffer.from(message)));
    for (let at = 0; at < stream.length; at += size) parser.push(stream.subarray(at, at + size));
    t.strictSame(found, messages, `${size} bytes at once`);
  }
});
