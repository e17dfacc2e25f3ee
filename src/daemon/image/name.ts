/** The name that a client gives in two parameters. */
import { invalidArgument } from '../../core/errors.ts';
import { familiarName, isTag, parseReference, parseTagged } from '../../image/reference.ts';

/** Familiar name with its tag; '' if there is no repository. A tag within the repository stands if none is beside it. */
export function taggedName(repository = '', tag = ''): string {
  if (repository === '') return '';
  const { digest } = parseReference(repository);
  if (digest !== undefined) throw invalidArgument('cannot import digest reference');
  if (tag !== '' && !isTag(tag)) throw invalidArgument('invalid tag format');
  const { tag: inside, ...bare } = parseReference(repository);
  return familiarName(parseTagged(`${familiarName(bare)}:${tag || inside || 'latest'}`));
}
