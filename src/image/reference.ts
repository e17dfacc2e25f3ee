/**
 * Image names by the grammar of Docker's distribution reference. Inside the engine a name is always whole
 * (`docker.io/library/busybox:latest`); clients see the familiar form (`busybox:latest`).
 */
import { type Digest, isDigest } from '../core/digest.ts';
import { invalidArgument } from '../core/errors.ts';

export interface Reference {
  /** Registry: `docker.io`, `localhost:5000` … */
  domain: string;
  /** `library/busybox` */
  path: string;
  tag?: string;
  digest?: Digest;
}

const DEFAULT_DOMAIN = 'docker.io';
const OFFICIAL = 'library/';

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const DOMAIN_ONLY = new RegExp(`^${DOMAIN}$`);
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST_SHAPE = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const NAME_MAX = 255;

export const isTag = (text: string) => TAG.test(text);

/** Throws `invalid-argument` in Docker's words. Neither tag nor digest is added. */
export function parseReference(text: string): Reference {
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw invalidArgument(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { name, tag, digest } = splitSuffixes(text);
  if (name === '') throw invalidArgument('invalid reference format');
  const { domain, path } = splitDomain(name);
  if (path !== path.toLowerCase()) {
    throw invalidArgument('invalid reference format: repository name must be lowercase');
  }
  if (!PATH.test(path) || !DOMAIN_ONLY.test(domain)) throw invalidArgument('invalid reference format');
  if (tag !== undefined && !TAG.test(tag)) throw invalidArgument('invalid reference format');
  if (`${domain}/${path}`.length > NAME_MAX) {
    throw invalidArgument(`repository name must not be more than ${NAME_MAX} characters`);
  }
  return { domain, path, tag, digest: digest === undefined ? undefined : checkedDigest(digest) };
}

/** As `parseReference`, with `:latest` where neither tag nor digest is given. */
export function parseTagged(text: string): Reference {
  return withDefaultTag(parseReference(text));
}

export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: 'latest' }
    : reference;
}

/** `docker.io/library/busybox` */
export function repositoryOf({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** The whole name: `docker.io/library/busybox:latest`. */
export function wholeName(reference: Reference): string {
  return repositoryOf(reference) + suffix(reference);
}

/** As people write it: `busybox:latest`. */
export function familiarName(reference: Reference): string {
  return familiarRepository(reference) + suffix(reference);
}

export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`;
  const short = path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path;
  return short.includes('/') && path.startsWith(OFFICIAL) ? path : short;
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

function splitSuffixes(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const rest = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  if (colon < 0) return { name: rest, digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

/** The first part is a registry if it can be nothing else: it holds `.` or `:`, is `localhost`, or has capitals. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  let domain = first !== '' && isDomain ? first : DEFAULT_DOMAIN;
  let path = first !== '' && isDomain ? name.slice(slash + 1) : name;
  if (domain === 'index.docker.io') domain = DEFAULT_DOMAIN;
  if (domain === DEFAULT_DOMAIN && !path.includes('/')) path = OFFICIAL + path;
  return { domain, path };
}

function checkedDigest(text: string): Digest {
  if (isDigest(text)) return text;
  if (!DIGEST_SHAPE.test(text)) throw invalidArgument('invalid reference format');
  const algorithm = text.slice(0, text.indexOf(':'));
  if (algorithm !== 'sha256') throw invalidArgument('unsupported digest algorithm');
  throw invalidArgument('invalid checksum digest length');
}
