/** `docker login`: whether a registry takes a name and password. Nothing is kept. */
import { EngineError } from '../core/errors.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import type { RegistryAuth } from './registry/auth.ts';
import { RegistryClient } from './registry/client.ts';

/** Throws `unauthorized` if it does not. Resolves to what may be kept instead of the password, if it has such tokens. */
export function checkLogin({ registry }: ImageContext, auth: RegistryAuth): Promise<string | undefined> {
  const domain = domainOf(auth.serveraddress);
  return step('image.registry.login', { domain }, async () => {
    let identity: string | undefined;
    const onIdentity = (token: string) => {
      identity = token;
    };
    const client = new RegistryClient({ domain, registry, auth, onIdentity });
    try {
      const { status, url, body } = await client.send({
        path: '/',
        scopes: [],
        needs: 'resolve',
        accept: [401],
      });
      await body.dump();
      if (status === 401) throw refused(url);
      return identity;
    } finally {
      await client.close();
    }
  });
}

function refused(url: string) {
  return new EngineError('unauthorized', `login attempt to ${url} failed with status: 401 Unauthorized`);
}

/** `https://index.docker.io/v1/` is what clients call Docker's registry. */
function domainOf(address = ''): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === '' || host === 'index.docker.io' ? 'docker.io' : host;
}
