/** COPY and ADD: sources, here-documents as files, destination. */
import { Fault } from '../fault.ts';
import { readFlags } from '../flags.ts';
import { parseHeredoc, textOf } from '../heredoc.ts';
import type { AddInstruction, CopyInstruction, InlineFile } from '../instruction.ts';
import { type Statement, written } from '../statement.ts';
import { parseJsonForm } from '../words.ts';

/** BuildKit's words. */
const FROM_IS_PLAIN =
  'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround';

export function parseCopy(statement: Statement): CopyInstruction {
  const paths = sourcesAndDestination(statement);
  const flags = readFlags(statement.flags, {
    from: 'string',
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'list',
  });
  const from = flags.text('from') || undefined;
  if (from?.includes('$')) throw new Fault(FROM_IS_PLAIN, from);
  return {
    kind: 'COPY',
    ...written(statement),
    ...paths,
    from,
    chown: flags.text('chown') || undefined,
    chmod: flags.text('chmod') || undefined,
    link: flags.isSet('link'),
    parents: flags.isSet('parents'),
    exclude: flags.list('exclude'),
  };
}

export function parseAdd(statement: Statement): AddInstruction {
  const paths = sourcesAndDestination(statement);
  const flags = readFlags(statement.flags, {
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'string',
    unpack: 'boolean',
    exclude: 'list',
  });
  return {
    kind: 'ADD',
    ...written(statement),
    ...paths,
    chown: flags.text('chown') || undefined,
    chmod: flags.text('chmod') || undefined,
    link: flags.isSet('link'),
    exclude: flags.list('exclude'),
    checksum: flags.text('checksum'),
    keepGitDirectory: flags.isSet('keep-git-dir'),
    unpack: flags.text('unpack') === undefined ? undefined : flags.isSet('unpack'),
  };
}

function sourcesAndDestination(statement: Statement) {
  const { keyword, rest } = statement;
  const words = parseJsonForm(rest) ?? rest.split(/\s+/).filter((word) => word !== '');
  const destination = words.pop();
  if (destination === undefined || words.length === 0) {
    const reason = 'requires at least two arguments, but only one was provided';
    throw new Fault(
      `${keyword} ${reason}. Destination could not be determined.`,
      destination ?? statement.word,
    );
  }
  if (parseHeredoc(destination))
    throw new Fault(`${keyword} cannot accept a heredoc as a destination`, destination);
  const sources = words.filter((word) => parseHeredoc(word) === undefined);
  return { sources, destination, files: inlineFiles(statement, words) };
}

/** In the order of the words; each takes the here-document that was gathered under its name. */
function inlineFiles(statement: Statement, words: readonly string[]): InlineFile[] {
  return words.flatMap((word) => {
    const announced = parseHeredoc(word);
    const gathered = statement.line.heredocs.find(({ name }) => name === announced?.name);
    return gathered ? [{ name: gathered.name, content: textOf(gathered), expand: gathered.expand }] : [];
  });
}
