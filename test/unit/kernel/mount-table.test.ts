import t from 'tap';
import { findMount, mountOf } from '../../../src/kernel/mount-table.ts';

const TABLE = `21 27 0:20 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:30 / /a\\040b rw master:7 propagate_from:2 - tmpfs tmpfs rw
`;

t.test('how a mount propagates', async (t) => {
  t.strictSame(findMount(TABLE, '21'), { point: '/proc', isShared: false, isSlave: false });
  t.strictSame(findMount(TABLE, '27'), { point: '/', isShared: true, isSlave: false });
  t.strictSame(findMount(TABLE, '30'), { point: '/a b', isShared: false, isSlave: true });
  t.equal(findMount(TABLE, '2'), undefined);
});

t.test('the mount that a path lies in', async (t) => {
  t.match(await mountOf('/proc/self/status'), { point: '/proc' });
  await t.rejects(mountOf('/proc/nosuch'), { code: 'ENOENT' });
});
