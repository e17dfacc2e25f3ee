/** Every line, in the order of the table. */
import type { Line } from '../line.ts';
import { startBridge, startNone } from './start.ts';

export const lines: Line[] = [startNone, startBridge];
