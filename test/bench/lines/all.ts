/** Every line, in the order of the table. */
import type { Line } from '../line.ts';
import { buildCached, buildRun } from './build.ts';
import { ps, runTrue } from './command-line.ts';
import { kill, pause, stop } from './control.ts';
import { crashList, crashPing } from './crash.ts';
import { crowdPing, crowdStart } from './crowd.ts';
import { exec } from './exec.ts';
import { load, save } from './images.ts';
import { createMany, list, removeMany } from './listing.ts';
import { memoryContainer, memoryGrowth, memoryIdle } from './memory.ts';
import { attachBytes, attachLines, attachShortLines } from './output.ts';
import { firstPage, requests } from './publish.ts';
import { logsLines, logsShortLines } from './read-back.ts';
import { pull, push } from './registry.ts';
import { scaling } from './scaling.ts';
import { startBridge, startNone } from './start.ts';

export const lines: Line[] = [
  // An engine is idle before it has worked.
  memoryIdle,
  ...[startNone, startBridge, crowdStart, crowdPing, exec, kill, stop, pause],
  ...[firstPage, requests],
  ...[attachBytes, attachLines, attachShortLines, logsLines, logsShortLines],
  ...[load, save, push, pull, buildCached, buildRun, list, createMany, removeMany, ps, runTrue],
  ...[memoryContainer, memoryGrowth, crashPing, crashList, scaling],
];
