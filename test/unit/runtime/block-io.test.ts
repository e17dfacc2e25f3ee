/** Limits of devices as the kernel is told them. */
import t from 'tap';
import { blockIoLinesV1, blockIoLinesV2 } from '../../../src/runtime/cgroup/block-io.ts';

const wanted = {
  throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
  throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 5 }],
  weightDevice: [{ major: 8, minor: 0, weight: 300 }],
};
const reading =
  (files: Record<string, string>) =>
  (file: string): string =>
    files[file] ?? '';

t.test('version 1: a file for each rate; what is no longer wanted is 0', async (t) => {
  const read = reading({
    'blkio.throttle.read_bps_device': '8:16 7\n8:0 9\n',
    'blkio.bfq.weight_device': 'default 100\n8:16 200\n',
  });
  t.strictSame(blockIoLinesV1(wanted, read), [
    { file: 'blkio.throttle.read_bps_device', line: '8:16 0' },
    { file: 'blkio.throttle.read_bps_device', line: '8:0 1000' },
    { file: 'blkio.throttle.write_iops_device', line: '8:0 5' },
    { file: 'blkio.bfq.weight_device', line: '8:16 default' },
    { file: 'blkio.bfq.weight_device', line: '8:0 300' },
  ]);
  t.strictSame(blockIoLinesV1({}, reading({})), []);
});

t.test('version 2: a line for each device', async (t) => {
  const read = reading({
    'io.max': '8:16 rbps=7 wbps=max riops=max wiops=max',
    'io.bfq.weight': 'default 100',
  });
  t.strictSame(blockIoLinesV2(wanted, read), [
    { file: 'io.max', line: '8:16 rbps=max wbps=max riops=max wiops=max' },
    { file: 'io.max', line: '8:0 rbps=1000 wbps=max riops=max wiops=5' },
    { file: 'io.bfq.weight', line: '8:0 300' },
  ]);
  t.strictSame(blockIoLinesV2({}, reading({})), []);
});
