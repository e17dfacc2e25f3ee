/** What is wrong in a Dockerfile, and where: file, line, the line shown with its neighbours, the wrong word marked. */
import { EngineError } from '../../../core/errors.ts';

/** Thrown by the parts of the parser, which know the word but not the line. */
export class Fault extends Error {
  readonly word: string | undefined;

  constructor(message: string, word?: string) {
    super(message);
    this.word = word;
  }
}

/** A Dockerfile as it is shown in errors. */
export interface SourceText {
  /** As the client named it: `Dockerfile`, `docker/app.Dockerfile`. */
  name: string;
  /** Without line ends. */
  lines: string[];
}

export interface Place {
  /** 1 is the first. */
  line: number;
  lastLine: number;
}

export class DockerfileError extends EngineError {
  readonly file: string;
  readonly line: number;
  readonly word: string | undefined;

  constructor(source: SourceText, place: Place, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const word = cause instanceof Fault ? cause.word : undefined;
    const headline = `dockerfile parse error on line ${place.line}: ${reason}`;
    super('invalid-argument', `${headline}\n${showPlace(source, place, word)}`, { cause });
    this.file = source.name;
    this.line = place.line;
    this.word = word;
  }
}

const NEIGHBOURS = 2;
/** A heredoc of a thousand lines is not repeated in its error. */
const LONGEST_EXCERPT = 10;

/** `Dockerfile:3` and the lines around it, the faulty ones behind `>>>`, the word underlined. */
export function showPlace(source: SourceText, place: Place, word?: string): string {
  const last = Math.min(place.lastLine, place.line + LONGEST_EXCERPT);
  const from = Math.max(1, place.line - NEIGHBOURS);
  const to = Math.min(source.lines.length, last + NEIGHBOURS);
  const shown = [`${source.name}:${place.line}`];
  let unmarked = word !== undefined && word !== '';
  for (let number = from; number <= to; number++) {
    const text = source.lines[number - 1] ?? '';
    const faulty = number >= place.line && number <= last;
    shown.push(`${String(number).padStart(4)} | ${faulty ? '>>>' : '   '} ${text}`);
    const column = faulty && unmarked && word !== undefined ? text.indexOf(word) : -1;
    if (column < 0 || word === undefined) continue;
    shown.push(`     |     ${text.slice(0, column).replace(/[^\t]/g, ' ')}${'^'.repeat(word.length)}`);
    unmarked = false;
  }
  return shown.join('\n');
}

/** ` (did you mean X?)` if one of the known words is close, else nothing. */
export function suggest(word: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance > 0 && distance <= Math.ceil(candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0] ? ` (did you mean ${ranked[0].candidate}?)` : '';
}

/** Levenshtein's, for words of a few letters; a longer one is no misspelling. */
function editDistance(a: string, b: string): number {
  if (a.length > 40) return a.length;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
