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

const HEREDOC = /^(\d*)<<(-?)\s*([^<]*)$/;

/**
 * The here-documents that a line announces, in order, still without content. `<< EOF` with a blank may as well be a
 * shift of the shell's arithmetic: `ends` says whether there is a line that ends it. Throws Fault for an open quote.
 */
export function announcedHeredocs(
  line: string,
  escapeChar: string,
  ends: (heredoc: Heredoc) => boolean,
): Heredoc[] {
  const words = expandWords(line, { lookup: () => undefined, escapeChar, raw: true, plainDollar: true });
  return words.flatMap((word, at) => {
    if (!/^\d*<<-?$/.test(word)) return parseHeredoc(word) ?? [];
    const apart = parseHeredoc(`${word} ${words[at + 1] ?? ''}`);
    return apart && ends(apart) ? apart : [];
  });
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
