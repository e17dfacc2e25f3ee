// The engine's progress messages (pull, push, load, build): bars that redraw themselves on a terminal, plain
// lines elsewhere.

import type { Output } from '../world.ts';
import { humanSize } from './size.ts';

export interface Progress {
  readonly current?: number;
  readonly total?: number;
  readonly units?: string;
  readonly hidecounts?: boolean;
}

export interface ProgressMessage {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly progressDetail?: Progress;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string; readonly code?: number };
  readonly aux?: unknown;
}

/** What a message says went wrong; of a command that failed, with its exit code. */
export class StreamError extends Error {
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** Parses lines of JSON as they arrive. */
export async function* jsonLines<T>(body: AsyncIterable<Buffer>): AsyncGenerator<T> {
  for await (const line of textLines(body)) yield JSON.parse(line) as T;
}

/** Lines that are not empty, as they arrive. */
export async function* textLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

/** Draws messages until they end; throws the StreamError that one of them carries. */
export async function showProgress(
  body: AsyncIterable<Buffer>,
  out: Output,
  onAux: (aux: unknown) => void = () => {},
): Promise<void> {
  const terminal = out.isTTY === true;
  let lines = new Map<string, number>();
  for await (const message of jsonLines<ProgressMessage>(body)) {
    const problem = message.errorDetail?.message ?? message.error;
    if (problem) throw new StreamError(problem, message.errorDetail?.code || undefined);
    if (message.aux !== undefined) {
      onAux(message.aux);
      continue;
    }
    const { id } = message;
    const bar = barOf(message.progressDetail, out.columns ?? 200);
    if (id === undefined || message.progressDetail === undefined) {
      lines = new Map();
      if (bar === '' || terminal) out.write(plainLine(message, ''));
    } else if (!terminal) {
      if (bar === '') out.write(plainLine(message, ''));
    } else out.write(redraw(id, plainLine(message, bar), lines));
  }
}

function plainLine(message: ProgressMessage, bar: string): string {
  const prefix = message.id === undefined || message.id === '' ? '' : `${message.id}: `;
  if (message.stream !== undefined) return prefix + message.stream;
  return `${prefix}${message.status ?? ''}${bar && ` ${bar}`}\n`;
}

/** Goes up to the line that belongs to the id, writes it anew, and comes back down. */
function redraw(id: string, text: string, lines: Map<string, number>): string {
  const isNew = !lines.has(id);
  const line = lines.get(id) ?? lines.size;
  lines.set(id, line);
  const up = lines.size - line;
  return `${isNew ? '\n' : ''}\x1b[${up}A\x1b[2K\r${text.replace(/\n$/, '')}\r\x1b[${up}B`;
}

/** `[=====>      ]  1.2MB/3MB`; the bar only where there is room. */
function barOf(progress: Progress | undefined, columns: number): string {
  const { current = 0, total = 0, units = '', hidecounts } = progress ?? {};
  if (current <= 0 && total <= 0) return '';
  const amount = (value: number) => (units === '' ? humanSize(value) : `${value}`);
  if (total <= 0) return units === '' ? amount(current).padStart(8) : `${current} ${units}`;
  const half = Math.min(50, Math.trunc(Math.trunc((current / total) * 100) / 2));
  const box = columns > 110 ? `[${'='.repeat(half)}>${' '.repeat(50 - half)}] ` : '';
  if (hidecounts) return box;
  if (units !== '') return `${box}${current}/${total} ${units}`;
  return (
    box + (current > total ? amount(current).padStart(8) : `${amount(current).padStart(8)}/${amount(total)}`)
  );
}
