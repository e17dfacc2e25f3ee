// Names of images as people write them: 'busybox' is docker.io/library/busybox:latest.

export interface Reference {
  /** 'docker.io', 'localhost:5000'. */
  readonly domain: string;
  /** 'library/busybox'. */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** The name without tag and digest, as short as it may be written: 'busybox'. */
  readonly familiar: string;
}

export function parseReference(text: string): Reference {
  const match =
    /^(?<name>[^@]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9+._-]+:[0-9a-fA-F]{32,}))?$/.exec(
      text,
    );
  const name = match?.groups?.name;
  if (!name) throw new Error('invalid reference format');
  const { domain, path } = splitDomain(name);
  if (/[A-Z]/.test(path))
    throw new Error(`invalid reference format: repository name (${path}) must be lowercase`);
  if (!/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(path)) {
    throw new Error('invalid reference format');
  }
  const familiar = domain === 'docker.io' ? path.replace(/^library\/(?=[^/]+$)/, '') : `${domain}/${path}`;
  return { domain, path, tag: match.groups?.tag, digest: match.groups?.digest, familiar };
}

function splitDomain(name: string): { domain: string; path: string } {
  const [first = '', ...rest] = name.split('/');
  const hasDomain =
    rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = hasDomain && first !== 'index.docker.io' ? first : 'docker.io';
  const path = hasDomain ? rest.join('/') : name;
  return { domain, path: domain === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

/** With the tag that is meant when none is given; a text that is no reference stays as it is. */
export function familiarName(text: string): string {
  try {
    const { familiar, tag, digest } = parseReference(text);
    return `${familiar}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : tag ? '' : ':latest'}`;
  } catch {
    return text;
  }
}
