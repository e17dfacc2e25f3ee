/** Keeps each trace with the containers it is about. */
import { join } from 'node:path';
import { TraceCollector } from '../../trace/collector.ts';
import { containersOf, type Trace } from '../../trace/trace.ts';
import type { Engine } from '../engine.ts';

export const tracePath = (engine: Engine, id: string) => join(engine.containers.directory(id), 'trace');

/** From here on every trace is written down when it is complete. Undo: the collector's `close`. */
export function keepTraces(engine: Engine): TraceCollector {
  return new TraceCollector((trace) => keep(engine, trace));
}

function keep(engine: Engine, trace: Trace): void {
  for (const id of containersOf(trace)) {
    if (!engine.containers.find(id)) continue;
    engine.traces.append(tracePath(engine, id), trace).catch((error) => {
      engine.logger.warn({ err: error, container: id }, 'a trace could not be kept');
    });
  }
}
