/** Git contexts: `https://host/repo.git#ref:directory`, `git@host:repo`, `github.com/a/b`. Pure. */
import { invalidArgument } from '../../../core/errors.ts';

export interface GitSource {
  url: string;
  /** Branch, tag or commit; empty: the remote's default. */
  ref: string;
  /** Below the repository's root; empty: the root. */
  directory: string;
}

const SCP_LIKE = /^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:.+$/;

/** Undefined: it is no Git repository, but a file to fetch. Throws `invalid-argument` for a ref that Git could take for an option. */
export function parseGitUrl(remote: string): GitSource | undefined {
  const [address = '', fragment = ''] = splitOnce(remote, '#');
  const url = repositoryUrl(address);
  if (url === undefined) return undefined;
  const [ref = '', directory = ''] = splitOnce(fragment, ':');
  if (ref.startsWith('-')) throw invalidArgument(`invalid git ref: ${ref}`);
  if (directory.split('/').includes('..')) throw invalidArgument(`invalid git directory: ${directory}`);
  return { url, ref, directory };
}

function repositoryUrl(address: string): string | undefined {
  if (/^github\.com\//.test(address)) return `https://${address}`;
  if (SCP_LIKE.test(address)) return address;
  if (/^(?:git|ssh):\/\//.test(address)) return address;
  if (/^(?:https?|file):\/\//.test(address) && /\.git\/?$/.test(address)) return address;
  return undefined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
