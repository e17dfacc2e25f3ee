/**
 * A daemon's stand-in, to be killed: starts what it is told (a JSON request on its command line), says so, and
 * goes on until somebody ends it.
 */
import pino from 'pino';
import { openTasks } from '../../../src/runtime/tasks.ts';
import { makeRequest } from './fixture.ts';

export interface SurvivorRequest {
  execRoot: string;
  instance: string;
  rootfs: string;
  containers: { id: string; args: string[]; log: string }[];
}

const { execRoot, instance, rootfs, containers } = JSON.parse(process.argv[2] ?? '') as SurvivorRequest;
const tasks = await openTasks({ execRoot, instance, logger: pino({ level: 'silent' }) });
process.stdout.write('starting\n');
await Promise.all(
  containers.map(async ({ id, args, log }) => {
    const options = { id, log: { path: log, maxSize: 100_000, maxFiles: 100 } };
    const { task } = await tasks.start(makeRequest(rootfs, args, options));
    process.stdout.write(`${id} ${task.pid}\n`);
  }),
);
setInterval(() => {}, 1000);
