/** The wire form of netlink and nftables, byte by byte. */
import t from 'tap';
import { macBytes } from '../../../src/kernel/netlink/link.ts';
import {
  attribute,
  attributesOf,
  message,
  messagesOf,
  NLM,
  nested,
  text,
  textOf,
  u32,
} from '../../../src/kernel/netlink/message.ts';
import { sourceIn } from '../../../src/kernel/nftables/expression.ts';

t.test('attributes are padded to four bytes, their length is not', async (t) => {
  t.equal(attribute(3, text('eth0')).toString('hex'), '0900030065746830'.concat('00000000'));
  t.equal(nested(18, attribute(1, u32(5))).toString('hex'), '0c001280' + '08000100' + '05000000');
  const parsed = attributesOf(Buffer.concat([attribute(3, text('eth0')), nested(18, attribute(1, u32(5)))]));
  t.equal(textOf(parsed.get(3)), 'eth0');
  t.equal(
    attributesOf(parsed.get(18) ?? Buffer.alloc(0))
      .get(1)
      ?.readUInt32LE(0),
    5,
  );
});

t.test('messages', async (t) => {
  const one = message(16, NLM.ACK, u32(1), Buffer.from([9]));
  t.equal(one.readUInt32LE(0), 21);
  t.equal(one.length, 24);
  t.equal(one.readUInt16LE(6), NLM.ACK | NLM.REQUEST);
  const [first, second, ...more] = [...messagesOf(Buffer.concat([one, message(17, 0)]))];
  t.match(first, { type: 16 });
  t.equal(first?.body.length, 5);
  t.match(second, { type: 17 });
  t.equal(more.length, 0);
});

t.test('what does not fit ends the parsing, and nothing throws', async (t) => {
  for (const bytes of ['', '00', '03000100', 'ff000100aa', '04000000']) {
    t.doesNotThrow(() => [...messagesOf(Buffer.from(bytes, 'hex'))], bytes);
    t.doesNotThrow(() => attributesOf(Buffer.from(bytes, 'hex')), bytes);
  }
  t.equal([...messagesOf(Buffer.from('ffffff7f10000000' + '0000000000000000', 'hex'))].length, 0);
});

t.test('MAC addresses', async (t) => {
  t.equal(macBytes('02:42:ac:11:00:02').toString('hex'), '0242ac110002');
  t.equal(macBytes('02-42-AC-11-00-02').toString('hex'), '0242ac110002');
});

t.test('a network that ends within a byte is masked', async (t) => {
  const masks = [
    ['10.16.0.0', 12, 'fff00000'],
    ['10.0.0.0', 8, 'ff000000'],
    ['10.0.0.128', 25, 'ffffff80'],
    ['0.0.0.0', 0, '00000000'],
  ] as const;
  for (const [address, prefix, mask] of masks) {
    const bytes = Buffer.concat(sourceIn(Buffer.from(address.split('.').map(Number)), prefix));
    t.ok(bytes.includes(Buffer.from(mask, 'hex')), `${address}/${prefix}`);
  }
  t.equal(sourceIn(Buffer.from([10, 0, 0, 1]), 32).length, 2, 'a single address is not masked');
});
