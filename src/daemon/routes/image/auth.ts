/** What a client sends along to log in to a registry: JSON in base64url, in a header. */
import type { FastifyRequest } from 'fastify';
import { invalidArgument } from '../../../core/errors.ts';
import type { RegistryAuth } from '../../../image/registry/auth.ts';

/** Undefined if there is none. Docker takes nonsense for none on pull; so does this. */
export function registryAuth(request: FastifyRequest): RegistryAuth | undefined {
  const header = request.headers['x-registry-auth'];
  if (typeof header !== 'string' || header === '') return undefined;
  try {
    const auth: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
    return typeof auth === 'object' && auth !== null ? auth : undefined;
  } catch {
    return undefined;
  }
}

/** For push, where Docker insists on something sensible. */
export function checkedRegistryAuth(request: FastifyRequest): RegistryAuth | undefined {
  const header = request.headers['x-registry-auth'];
  const auth = registryAuth(request);
  if (auth === undefined && typeof header === 'string' && header !== '') {
    throw invalidArgument('Bad parameters and missing X-Registry-Auth: invalid X-Registry-Auth header');
  }
  return auth;
}
