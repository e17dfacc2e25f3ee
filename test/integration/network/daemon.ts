/**
 * A daemon to be killed: joins `count` containers and says so, then waits. Arguments: data-root, exec-root, count. With
 * `connect` or `disconnect` it takes the first into or out of a network and dies before it writes the record `at`.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import pino from 'pino';
import { newId } from '../../../src/core/ids.ts';
import { openNetworks } from '../../../src/network/open-networks.ts';
import { INSTANCE, tcp } from './host.ts';

const [, , dataRoot = '', execRoot = '', count = '0', change, at] = process.argv;
const { renameSync } = fs;
let writesLeft = Number.POSITIVE_INFINITY;
fs.renameSync = (from, to) => {
  if (String(to).startsWith(execRoot) && --writesLeft === 0) process.kill(process.pid, 'SIGKILL');
  renameSync(from, to);
};
syncBuiltinESMExports();
const networks = await openNetworks({
  dataRoot,
  execRoot,
  instance: INSTANCE,
  logger: pino({ level: 'silent' }),
});
await networks.restore([]);
networks.attend();
await networks.create({ name: 'net' });
const sandboxes = [];
for (let index = 0; index < Number(count); index++) {
  sandboxes.push(
    await networks.join({
      containerId: newId(),
      name: `c${index}`,
      hostname: 'box',
      endpoints: [{ network: index % 2 === 0 ? 'bridge' : 'net', aliases: [`a${index}`] }],
      ports: [tcp(80, 8000 + index)],
    }),
  );
}
const [first] = sandboxes;
const other = { network: 'net', aliases: [], gatewayPriority: 1 };
if (first && change === 'disconnect') await networks.connect(first.containerId, other);
process.send?.(sandboxes);
writesLeft = Number(at ?? Number.POSITIVE_INFINITY);
if (first && change === 'connect') await networks.connect(first.containerId, other);
if (first && change === 'disconnect') await networks.disconnect(first.containerId, 'net');
setInterval(() => {}, 1000);
