/**
 * runc's failures in the words that dockerd gives its clients, with the exit code that it records: clients
 * look for these texts.
 */
import { readFileSync } from 'node:fs';
import { EngineError, type ErrorKind } from '../../core/errors.ts';
import type { StartFailure } from '../task.ts';

/** A process that could not be started; nothing of it is left. */
export class StartError extends EngineError implements StartFailure {
  readonly exitCode: number;

  constructor(kind: ErrorKind, message: string, exitCode: number, options?: ErrorOptions) {
    super(kind, message, options);
    this.exitCode = exitCode;
  }
}

/** For the container's own process. `fallback` is used when runc logged nothing. */
export function createFailure(log: string, fallback: string): StartError {
  const reason = (lastError(log) ?? fallback).replace(/^runc run failed/, 'runc create failed');
  return startError(`failed to create shim task: OCI runtime create failed: ${reason}: unknown`, 128);
}

/** For an exec: dockerd answers with the same words. */
export function execFailure(log: string, fallback: string): StartError {
  const reason = lastError(log) ?? fallback;
  return startError(`OCI runtime exec failed: ${reason}: unknown`, 126);
}

/** The message of the last entry at level error or worse in runc's JSON log. */
export function lastError(log: string): string | undefined {
  for (const line of readLog(log).trimEnd().split('\n').reverse()) {
    try {
      const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
      if ((level === 'error' || level === 'fatal') && msg) return msg;
    } catch {
      // A line cut short by a crash of runc says nothing.
    }
  }
  return undefined;
}

/** As dockerd's translateContainerdStartErr decides; `otherwise` is the exit code of all other failures. */
function startError(message: string, otherwise: number): StartError {
  const text = message.toLowerCase();
  if (text.includes('not a directory')) {
    const hint =
      'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';
    return new StartError('invalid-argument', `${message}: ${hint}`, 127);
  }
  if (text.includes('permission denied')) return new StartError('invalid-argument', message, 126);
  if (text.includes('executable file not found') || text.includes('no such file or directory')) {
    return new StartError('invalid-argument', message, 127);
  }
  return new StartError('internal', message, otherwise);
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
