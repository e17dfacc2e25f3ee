// Tables, sizes, durations and port lists as Docker's client shows them.

import t from 'tap';
import { humanDuration, localTime } from '../../../src/cli/output/duration.ts';
import { naturalOrder } from '../../../src/cli/output/natural-order.ts';
import { binarySize, humanSize } from '../../../src/cli/output/size.ts';
import { ellipsis, renderTable } from '../../../src/cli/output/table.ts';
import { describePorts } from '../../../src/cli/views/container.ts';

t.test('sizes', async (t) => {
  const rows: [number, number, string][] = [
    [0, 3, '0B'],
    [999, 3, '999B'],
    [1000, 3, '1kB'],
    [1983488, 3, '1.98MB'],
    [1983488, 4, '1.983MB'],
    [999_999, 3, '1e+03kB'],
    [1.5e12, 3, '1.5TB'],
    [123_456_789_000, 3, '123GB'],
  ];
  for (const [bytes, digits, text] of rows) t.equal(humanSize(bytes, digits), text, `${bytes}`);
  t.equal(binarySize(540672), '528KiB');
  t.equal(binarySize(25276510208), '23.54GiB');
});

t.test('lengths of time', async (t) => {
  const second = 1000;
  const hour = 3600 * second;
  const rows: [number, string][] = [
    [500, 'Less than a second'],
    [second, '1 second'],
    [59 * second, '59 seconds'],
    [60 * second, 'About a minute'],
    [30 * 60 * second, '30 minutes'],
    [59 * 60 * second, '59 minutes'],
    [hour, 'About an hour'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [13 * 24 * hour, '13 days'],
    [14 * 24 * hour, '2 weeks'],
    [59 * 24 * hour, '8 weeks'],
    [60 * 24 * hour, '2 months'],
    [729 * 24 * hour, '24 months'],
    [730 * 24 * hour, '2 years'],
  ];
  for (const [ms, text] of rows) t.equal(humanDuration(ms), text, text);
  t.match(localTime(1795231297000), /^2026-11-2\d \d\d:\d\d:\d\d [+-]\d{4} \S+$/);
});

t.test('columns are at least ten wide, with three spaces between; the last is as it is', async (t) => {
  const table = renderTable([
    ['CONTAINER ID', 'IMAGE', 'NAMES'],
    ['2f89ae8e42b0', 'büsybox:latest', 'a'],
    ['x', '', 'b'],
  ]);
  t.equal(
    table,
    'CONTAINER ID   IMAGE            NAMES\n' +
      '2f89ae8e42b0   büsybox:latest   a\n' +
      'x                               b\n',
  );
  t.equal(renderTable([['A', 'B', 'C']]), 'A         B         C\n');
  t.equal(ellipsis('sh -c "echo something"', 20), 'sh -c "echo somethi…');
  t.equal(ellipsis('short', 20), 'short');
});

t.test('ports', async (t) => {
  const port = (PrivatePort: number, rest: object = {}) => ({ PrivatePort, Type: 'tcp', ...rest });
  const bound = (PrivatePort: number, PublicPort: number, IP: string, Type = 'tcp') =>
    port(PrivatePort, { PublicPort, IP, Type });
  const rows: [Parameters<typeof describePorts>[0], string][] = [
    [[], ''],
    [[port(80), port(81), port(443)], '80-81/tcp, 443/tcp'],
    [[bound(80, 8080, '0.0.0.0'), bound(80, 8080, '::')], '0.0.0.0:8080->80/tcp, [::]:8080->80/tcp'],
    [[bound(80, 80, '0.0.0.0'), bound(81, 81, '0.0.0.0')], '0.0.0.0:80-81->80-81/tcp'],
    [
      [bound(99, 99, '127.0.0.1'), port(1000), bound(53, 53, '0.0.0.0', 'udp')],
      '0.0.0.0:53->53/udp, 127.0.0.1:99->99/tcp, 1000/tcp',
    ],
  ];
  for (const [ports, text] of rows) t.equal(describePorts(ports), text, text);
});

t.test('names with numbers sort by their value', async (t) => {
  t.strictSame(['n10', 'n2', '[::]:80', '0.0.0.0:80', 'n'].sort(naturalOrder), [
    '0.0.0.0:80',
    '[::]:80',
    'n',
    'n2',
    'n10',
  ]);
});
