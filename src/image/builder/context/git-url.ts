/**
 * Git contexts: `https://host/repo.git#ref:directory`, or with a query (`?branch=…&subdir=…`), `git@host:repo`,
 * `github.com/a/b`. Pure.
 */
import { invalidArgument } from '../../../core/errors.ts';

export interface GitSource {
  url: string;
  /** Branch, tag, commit, or a whole name below refs/; empty: the remote's default. */
  ref: string;
  /** Below the repository's root; empty: the root. */
  directory: string;
  /** Begins as the commit's digest must; empty: any will do. */
  commit: string;
}

const SCP_LIKE = /^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:.+$/;

/** Undefined: it is no Git repository, but a file to fetch. Throws `invalid-argument` for a ref that Git could take for an option. */
export function parseGitUrl(remote: string): GitSource | undefined {
  const [whole, fragment] = splitOnce(remote, '#');
  const [address, query] = splitOnce(whole, '?');
  const url = repositoryUrl(address);
  if (url === undefined) return undefined;
  const asked = readQuery(query);
  const [named, below] = splitOnce(fragment, ':');
  const ref = agreed('ref', named, asked.ref) || asked.commit;
  const directory = agreed('subdir', below, asked.directory);
  if (ref.startsWith('-')) throw invalidArgument(`invalid git ref: ${ref}`);
  if (directory.split('/').includes('..')) throw invalidArgument(`invalid git directory: ${directory}`);
  return { url, ref, directory, commit: asked.commit };
}

/** What a checksum of a repository can be. Throws `invalid-argument` in BuildKit's words. */
export function checkedCommit(text: string): string {
  if (/^[0-9a-f]{7,64}$/.test(text)) return text;
  throw invalidArgument(`invalid checksum ${JSON.stringify(text)}, expected hex commit hash`);
}

function readQuery(query: string): Omit<GitSource, 'url'> {
  const found = { ref: '', directory: '', commit: '' };
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'ref') found.ref = agreed('ref', found.ref, value);
    else if (key === 'branch') found.ref = agreed('ref', found.ref, `refs/heads/${value}`);
    else if (key === 'tag') found.ref = agreed('ref', found.ref, `refs/tags/${value}`);
    else if (key === 'subdir') found.directory = value;
    else if (key === 'commit' || key === 'checksum') found.commit = checkedCommit(value);
    else throw invalidArgument(`unexpected query ${JSON.stringify(key)} in a git URL`);
  }
  return found;
}

/** Either of the two, if they do not contradict each other. */
function agreed(what: string, one: string, other: string): string {
  if (one !== '' && other !== '' && one !== other)
    throw invalidArgument(`${what} conflicts: ${JSON.stringify(one)} vs ${JSON.stringify(other)}`);
  return one || other;
}

function repositoryUrl(address: string): string | undefined {
  if (/^github\.com\//.test(address)) return `https://${address}`;
  if (SCP_LIKE.test(address)) return address;
  if (/^(?:git|ssh):\/\//.test(address)) return address;
  if (/^(?:https?|file):\/\//.test(address) && /\.git\/?$/.test(address)) return address;
  return undefined;
}

/** The second is empty if the separator is not there. */
function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
