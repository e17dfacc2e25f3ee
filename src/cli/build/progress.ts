// What a build shows: the engine's text as it comes, or on a terminal one line for each step, with its time.

import { ExitError } from '../exit.ts';
import { jsonLines, type ProgressMessage, StreamError, showProgress } from '../output/progress.ts';
import type { Output } from '../world.ts';

export interface Display {
  /** Until the messages end; throws the StreamError that one of them carries. */
  show(body: AsyncIterable<Buffer>, onAux: (aux: unknown) => void): Promise<void>;
  /** What was not shown: of a quiet build all. */
  text(): string;
}

/** The engine's note of a step that begins or ends (src/image/builder/request.ts). */
interface StepNote {
  readonly number: number;
  readonly total: number;
  readonly state: 'started' | 'cached' | 'done' | 'failed';
  readonly name: string;
  readonly duration?: number;
}

type BuildMessage = ProgressMessage & { readonly step?: StepNote };

const modes = ['auto', 'plain', 'tty', 'quiet'];

export function checkProgress(progress: string): void {
  if (!modes.includes(progress)) throw new ExitError(`invalid progress mode ${progress}`);
}

export function openDisplay(progress: string, out: Output): Display {
  switch (progress === 'auto' && out.isTTY ? 'tty' : progress) {
    case 'tty':
      return { show: (body, onAux) => showSteps(body, out, onAux), text: () => '' };
    case 'quiet': {
      const chunks: string[] = [];
      const silent = { isTTY: false, write: (chunk: string) => chunks.push(chunk) > 0 } as unknown as Output;
      return { show: (body, onAux) => showProgress(body, silent, onAux), text: () => chunks.join('') };
    }
    default:
      return { show: (body, onAux) => showProgress(body, out, onAux), text: () => '' };
  }
}

const redraw = 100;
/** Of a step that fails, as much of its output is shown. */
const shownOutput = 64 * 1024;

async function showSteps(
  body: AsyncIterable<Buffer>,
  out: Output,
  onAux: (aux: unknown) => void,
): Promise<void> {
  const lines = liveLines(out);
  const timer = setInterval(lines.draw, redraw);
  try {
    for await (const message of jsonLines<BuildMessage>(body)) {
      const problem = message.errorDetail?.message ?? message.error;
      if (problem) throw new StreamError(problem, message.errorDetail?.code);
      if (message.aux !== undefined) onAux(message.aux);
      if (message.step) lines.note(message.step);
      else if (message.stream !== undefined) lines.say(message.stream);
      else if (message.status !== undefined)
        lines.say(`${message.id ? `${message.id}: ` : ''}${message.status}\n`);
    }
  } finally {
    clearInterval(timer);
    lines.clear();
  }
}

/** The step that runs and the last line that it said are drawn over and over; what has ended stays. */
function liveLines(out: Output) {
  const width = () => Math.max(out.columns ?? 80, 20);
  let running: { note: StepNote; began: number; output: string } | undefined;
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    clear();
    if (!running) return;
    const last = lastLine(running.output);
    const rows = [stepLine(running.note, performance.now() - running.began, width())];
    if (last !== '') rows.push(cut(` => => ${last}`, width()));
    out.write(rows.map((row) => `${row}\n`).join(''));
    drawn = rows.length;
  };
  const note = (step: StepNote) => {
    clear();
    if (step.state === 'started') running = { note: step, began: performance.now(), output: '' };
    else {
      out.write(`${stepLine(step, step.duration ?? 0, width())}\n`);
      if (step.state === 'failed') out.write(withLineEnd(running?.output ?? ''));
      running = undefined;
    }
    draw();
  };
  const say = (text: string) => {
    if (/^(?: ---> |Removing intermediate container )/.test(text)) return;
    if (running) running.output = (running.output + text).slice(-shownOutput);
    else out.write(text);
  };
  return { clear, draw, note, say };
}

function stepLine({ number, total, state, name }: StepNote, ms: number, width: number): string {
  const words = { started: '', cached: 'CACHED ', done: '', failed: 'ERROR ' }[state];
  const time = `${(ms / 1000).toFixed(1)}s`;
  // The steps of a trigger have no number of their own.
  const place = total > 0 ? `[${number}/${total}] ` : '';
  const text = cut(` => ${words}${place}${name.replace(/\s+/g, ' ')}`, width - time.length - 1);
  return `${text.padEnd(width - time.length)}${time}`;
}

/** Colours and carriage returns of a program that draws bars are not for a line of ours. */
function lastLine(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const plain = output.slice(-4096).replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
  const lines = plain.split(/[\r\n]+/).map((line) => line.trim());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return lines.findLast((line) => line !== '')?.replace(/[\x00-\x1f\x7f]/g, '') ?? '';
}

const cut = (text: string, width: number) => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
const withLineEnd = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
