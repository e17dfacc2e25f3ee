/** A daemon to be killed: joins `count` containers and says so, then waits. Arguments: data-root, exec-root, count. */
import pino from 'pino';
import { newId } from '../../../src/core/ids.ts';
import { openNetworks } from '../../../src/network/open-networks.ts';
import { INSTANCE, tcp } from './host.ts';

const [, , dataRoot = '', execRoot = '', count = '0'] = process.argv;
const networks = await openNetworks({
  dataRoot,
  execRoot,
  instance: INSTANCE,
  logger: pino({ level: 'silent' }),
});
await networks.restore([]);
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
process.send?.(sandboxes);
setInterval(() => {}, 1000);
