/** Addresses, subnets, and which of them are free. */
import t from 'tap';
import {
  addressBytes,
  addressText,
  contains,
  overlap,
  parseSubnet,
  subnetText,
} from '../../../src/network/addressing/address.ts';
import { AddressSpace } from '../../../src/network/addressing/address-space.ts';
import { DEFAULT_POOLS, freeSubnet } from '../../../src/network/addressing/free-subnet.ts';

t.test('text and bytes', async (t) => {
  const rows: [string, string, string][] = [
    ['10.0.0.1', '0a000001', '10.0.0.1'],
    ['::', '00000000000000000000000000000000', '::'],
    ['2001:DB8::1', '20010db8000000000000000000000001', '2001:db8::1'],
    ['fe80:0:0:0:1:0:0:2', 'fe800000000000000001000000000002', 'fe80::1:0:0:2'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:c000:201'],
  ];
  for (const [text, hex, canonical] of rows) {
    t.equal(addressBytes(text).toString('hex'), hex, text);
    t.equal(addressText(addressBytes(text)), canonical, text);
  }
  for (const text of ['', '10.0.0', '10.0.0.256', 'fe80::1%eth0', '1::2::3'])
    t.throws(() => addressBytes(text), { message: /invalid IP address/ }, text);
});

t.test('subnets', async (t) => {
  t.equal(subnetText(parseSubnet('10.1.2.3/16')), '10.1.0.0/16');
  t.equal(subnetText(parseSubnet('fd00:1::5/64')), 'fd00:1::/64');
  for (const text of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/-1', '10.0.0.0/1x'])
    t.throws(() => parseSubnet(text), { message: /invalid CIDR address/ }, text);
  const rows: [string, string, boolean][] = [
    ['10.0.0.0/8', '10.9.0.0/16', true],
    ['10.9.0.0/16', '10.0.0.0/8', true],
    ['10.9.0.0/16', '10.10.0.0/16', false],
    ['0.0.0.0/0', 'fd00::/8', false],
  ];
  for (const [a, b, expected] of rows)
    t.equal(overlap(parseSubnet(a), parseSubnet(b)), expected, `${a} ${b}`);
  t.ok(contains(parseSubnet('10.9.0.0/16'), '10.9.255.255'));
  t.notOk(contains(parseSubnet('10.9.0.0/16'), '10.10.0.0'));
  t.notOk(contains(parseSubnet('10.9.0.0/16'), '::1'));
});

t.test('a free subnet is none that is in use', async (t) => {
  const taken = ['172.17.0.0/16', '172.18.5.0/24', '172.16.0.0/12'].map(parseSubnet);
  t.equal(subnetText(freeSubnet(DEFAULT_POOLS, [])), '172.17.0.0/16');
  t.equal(subnetText(freeSubnet(DEFAULT_POOLS, taken.slice(0, 2))), '172.19.0.0/16');
  t.equal(subnetText(freeSubnet(DEFAULT_POOLS, taken)), '192.168.0.0/20');
  t.throws(() => freeSubnet([{ base: '10.0.0.0/30', size: 31 }], [parseSubnet('10.0.0.0/8')]), {
    message: 'all predefined address pools have been fully subnetted',
  });
});

t.test('addresses of a subnet', async (t) => {
  const space = new AddressSpace({
    subnet: '10.0.0.0/29',
    gateway: '10.0.0.1',
    auxAddresses: { printer: '10.0.0.3' },
  });
  t.equal(space.gateway, '10.0.0.1');
  t.strictSame(
    [space.take(), space.take(), space.take(), space.take()],
    ['10.0.0.2', '10.0.0.4', '10.0.0.5', '10.0.0.6'],
  );
  t.throws(() => space.take(), { message: /^no available IPv4 addresses/ });
  t.throws(() => space.claim('10.0.0.5'), { message: 'Address already in use' });
  t.throws(() => space.claim('10.0.1.5'), { message: 'no configured subnet contains IP address 10.0.1.5' });
  space.give('10.0.0.4');
  t.equal(space.take(), '10.0.0.4');
  space.give('10.0.0.2');
  space.give('10.0.0.6');
  t.equal(space.take(), '10.0.0.6', 'the one given back longest ago comes last');
  t.match(space.usage(0), { subnet: '10.0.0.0/29', inUse: 7, available: 1 });
});

t.test('ranges, point to point links, IPv6', async (t) => {
  const ranged = new AddressSpace({ subnet: '10.0.0.0/24', ipRange: '10.0.0.128/30', gateway: '10.0.0.254' });
  t.strictSame(
    [1, 2, 3, 4].map(() => ranged.take()),
    ['10.0.0.128', '10.0.0.129', '10.0.0.130', '10.0.0.131'],
  );
  t.throws(() => ranged.take());
  t.equal(ranged.claim('10.0.0.7'), '10.0.0.7', 'a wish may lie outside the range');
  t.equal(new AddressSpace({ subnet: '10.0.0.0/31', gateway: '10.0.0.0' }).take(), '10.0.0.1');
  const six = new AddressSpace({ subnet: 'fd00::/64', gateway: 'fd00::1' });
  t.strictSame([six.gateway, six.take(), six.take()], ['fd00::1', 'fd00::2', 'fd00::3']);
  const bare = new AddressSpace({ subnet: '10.0.0.0/24' });
  t.strictSame([bare.gateway, bare.take()], ['', '10.0.0.1'], 'without a gateway');
});
