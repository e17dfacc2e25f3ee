/** `X-Registry-Config`: credentials for every registry that a FROM may name, JSON in base64. */
import { invalidArgument } from '../../core/errors.ts';
import { parseReference } from '../../image/reference.ts';
import type { RegistryAuth } from '../../image/registry/auth.ts';

/** Throws `invalid-argument` for a header that holds no such object. */
export function parseRegistryConfig(header: string | string[] | undefined): Record<string, RegistryAuth> {
  if (typeof header !== 'string' || header === '') return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, RegistryAuth>;
  } catch {
    // Told below, without the credentials that may be in it.
  }
  throw invalidArgument('X-Registry-Config holds no credentials by registry');
}

/** Clients name the hub by the URL of its first version. */
const HUB = 'https://index.docker.io/v1/';
const HUB_DOMAIN = 'docker.io';

export function authFor(auth: Record<string, RegistryAuth>, reference: string): RegistryAuth | undefined {
  const { domain } = parseReference(reference);
  const names = domain === HUB_DOMAIN ? [HUB, HUB_DOMAIN, 'index.docker.io'] : [domain, `https://${domain}`];
  const found = names.find((name) => Object.hasOwn(auth, name));
  return found === undefined ? undefined : auth[found];
}
