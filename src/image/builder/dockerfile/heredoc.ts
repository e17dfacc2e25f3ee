/** Here-documents of RUN, COPY and ADD: `<<EOF`, `<<-EOF` (leading tabs cut), `<<"EOF"` (nothing expanded), several at once. */
import { expandWords } from './expand.ts';

export interface Heredoc {
  name: string;
  /** `<<-`: leading tabs of each line are cut. */
  chomp: boolean;
  /** The name is not quoted: variables in the content are expanded by COPY and ADD. */
  expand: boolean;
  fileDescriptor: number;
  /** As written, each line with its line end. */
  content: string;
}

const HEREDOC = /^(\d*)<<(-?)([^<]*)$/;

/** The here-documents that a line announces, in order, still without content. Throws Fault for an open quote. */
export function announcedHeredocs(line: string, escapeChar: string): Heredoc[] {
  const words = expandWords(line, { lookup: () => undefined, escapeChar, raw: true, plainDollar: true });
  return words.map((word) => parseHeredoc(word)).filter((heredoc) => heredoc !== undefined);
}

/** Undefined: the word announces none. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const [, descriptor = '', dash, rest = ''] = HEREDOC.exec(word) ?? [];
  if (rest === '') return undefined;
  const names = expandWords(rest, { lookup: () => undefined, escapeChar: '\\', plainDollar: true });
  const [name] = names;
  if (name === undefined || names.length !== 1) return undefined;
  return {
    name,
    chomp: dash === '-',
    expand: name === rest,
    fileDescriptor: descriptor === '' ? 0 : Number(descriptor),
    content: '',
  };
}

/** What the here-document says, tabs cut where it asks for it. */
export function textOf(heredoc: Heredoc): string {
  return heredoc.chomp ? heredoc.content.replace(/^\t+/gm, '') : heredoc.content;
}

export function endsHeredoc(heredoc: Heredoc, line: string): boolean {
  return (heredoc.chomp ? line.replace(/^\t+/, '') : line) === heredoc.name;
}
