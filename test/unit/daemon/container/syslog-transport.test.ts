import t from 'tap';
import { openTransport } from '../../../../src/daemon/container/logging/syslog-transport.ts';
import { bind, check } from '../../../../src/kernel/libc.ts';

const RLIMIT_NOFILE = 7;
const getLimit = bind<(resource: number, limit: BigUint64Array) => number>(
  'int getrlimit(int resource, void *limit)',
);
const setLimit = bind<(resource: number, limit: BigUint64Array) => number>(
  'int setrlimit(int resource, void *limit)',
);

t.test('a datagram for which there is no socket is refused, and may be sent again', async (t) => {
  const transport = openTransport({ kind: 'udp', host: '127.0.0.1', port: 514 }, () => ({
    rejectUnauthorized: true,
  }));
  t.teardown(() => transport.close());
  const before = new BigUint64Array(2);
  check(getLimit(RLIMIT_NOFILE, before), 'getrlimit');
  check(setLimit(RLIMIT_NOFILE, new BigUint64Array([0n, before[1] ?? 0n])), 'setrlimit');
  try {
    await t.rejects(transport.send('early'), { code: 'EMFILE' });
  } finally {
    check(setLimit(RLIMIT_NOFILE, before), 'setrlimit');
  }
  await t.resolves(transport.send('late'));
});
