/**
 * From text to logical lines, one per instruction: continuation lines joined, comments and blank lines dropped,
 * here-documents gathered. First step of the parser.
 */
import { type EngineError, invalidArgument } from '../../../core/errors.ts';
import { type Directives, readDirectives } from './directives.ts';
import { DockerfileError, Fault, type Place, type SourceText } from './fault.ts';
import { announcedHeredocs, endsHeredoc, type Heredoc } from './heredoc.ts';

export interface LogicalLine extends Place {
  /** Joined, without escape characters and line ends: as Docker shows it in `Step 1/3 : …`. */
  text: string;
  heredocs: Heredoc[];
}

export interface LogicalLines {
  directives: Directives;
  lines: LogicalLine[];
  warnings: string[];
}

/** Docker's. */
const LONGEST_LINE = 65_535;

function tooLong(source: SourceText, line: number): EngineError {
  const reason = `dockerfile line greater than max allowed size of ${LONGEST_LINE}`;
  return invalidArgument(`failed to parse ${source.name}: ${reason} (line ${line})`);
}

/** Throws DockerfileError for directives and here-documents that are wrong. */
export function readLines(source: SourceText): LogicalLines {
  const long = source.lines.findIndex((line) => line.length > LONGEST_LINE);
  if (long >= 0) throw tooLong(source, long + 1);
  const fail = (line: number, fault: Fault): never => {
    throw new DockerfileError(source, { line, lastLine: line }, fault);
  };
  const directives = readDirectives(source.lines, fail);
  const lines: LogicalLine[] = [];
  const warnings: string[] = [];
  for (let next = 0; next < source.lines.length; ) {
    const joined = joinContinued(source.lines, next, directives.escapeChar);
    if (joined.text.trim() !== '') {
      if (joined.hasBlank) {
        warnings.push(
          `[WARNING]: Empty continuation line found in:\n    ${joined.text}`,
          '[WARNING]: Empty continuation lines will become errors in a future release.',
        );
      }
      const line: LogicalLine = { text: joined.text, line: next + 1, lastLine: joined.end, heredocs: [] };
      joined.end = takeHeredocs(source, line, directives.escapeChar);
      lines.push(line);
    }
    next = joined.end;
  }
  return { directives, lines, warnings };
}

/** As `DockerfileError.source`: names the file and splits its lines, whichever line end and byte order mark it has. */
export function sourceText(name: string, text: string): SourceText {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return { name, lines };
}

/** From one physical line to the first that does not go on; `end` is the index behind the last. */
function joinContinued(lines: readonly string[], first: number, escapeChar: string) {
  const opening = stripContinuation((lines[first] ?? '').trimStart(), escapeChar);
  let text = isComment(lines[first] ?? '') ? '' : opening.text;
  let goesOn = opening.goesOn && !isComment(lines[first] ?? '');
  let hasBlank = false;
  let end = first + 1;
  for (; goesOn && end < lines.length; end++) {
    const line = lines[end] ?? '';
    if (isComment(line)) continue;
    if (line.trim() === '') {
      hasBlank = true;
      continue;
    }
    const more = stripContinuation(line, escapeChar);
    text += more.text;
    goesOn = more.goesOn;
  }
  return { text, end, hasBlank };
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** A single escape character at the end, blanks behind it allowed, continues the line; a doubled one is a literal. */
function stripContinuation(line: string, escapeChar: string): { text: string; goesOn: boolean } {
  const trimmed = withoutTrailingBlanks(line);
  const goesOn = trimmed.endsWith(escapeChar) && !trimmed.endsWith(escapeChar + escapeChar);
  return { text: goesOn ? trimmed.slice(0, -1) : line, goesOn };
}

/** A regular expression would try every run of blanks in the line. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t'.includes(line[end - 1] ?? '')) end--;
  return line.slice(0, end);
}

const WITH_HEREDOCS = /^(?:onbuild\s+)?(?:run|copy|add)\s/i;

/** Fills the line's here-documents from the lines that follow it; returns the index behind them. */
function takeHeredocs(source: SourceText, line: LogicalLine, escapeChar: string): number {
  let next = line.lastLine;
  if (!WITH_HEREDOCS.test(line.text) || !line.text.includes('<<')) return next;
  line.heredocs = announced(source, line, escapeChar);
  for (const heredoc of line.heredocs) {
    for (;;) {
      const text = source.lines[next++];
      if (text === undefined) throw unterminated(source, line, heredoc);
      if (endsHeredoc(heredoc, text)) break;
      heredoc.content += `${text}\n`;
    }
  }
  line.lastLine = next;
  return next;
}

function announced(source: SourceText, line: LogicalLine, escapeChar: string): Heredoc[] {
  const below = source.lines.slice(line.lastLine);
  const ends = (heredoc: Heredoc) => below.some((text) => endsHeredoc(heredoc, text));
  try {
    return announcedHeredocs(line.text, escapeChar, ends);
  } catch (error) {
    throw new DockerfileError(source, line, error);
  }
}

function unterminated(source: SourceText, line: LogicalLine, heredoc: Heredoc): DockerfileError {
  return new DockerfileError(source, line, new Fault('unterminated heredoc', heredoc.name));
}
