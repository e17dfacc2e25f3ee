// Keeps and forgets credentials: with a credential helper if one is configured, else in the config file, which
// only its owner may read.

import { type Config, type ConfigFile, readConfigFile } from '../config.ts';
import { writeConfig } from '../write-config.ts';
import { type Credentials, callHelper, helperFor } from './credentials.ts';

/** A warning to print when the password ended up in a file; undefined when a helper has it. */
export async function storeCredentials(
  config: Config,
  credentials: Credentials,
): Promise<string | undefined> {
  const { serveraddress, username, password, identitytoken } = credentials;
  const helper = helperFor(config.file, serveraddress);
  if (helper) {
    const secret = identitytoken
      ? { Username: '<token>', Secret: identitytoken }
      : { Username: username, Secret: password };
    await callHelper(helper, 'store', JSON.stringify({ ServerURL: serveraddress, ...secret }));
    changeAuths(config, (auths) => ({ ...auths, [serveraddress]: {} }));
    return undefined;
  }
  const auth = Buffer.from(`${username}:${identitytoken ? '' : password}`).toString('base64');
  const entry = identitytoken ? { auth, identitytoken } : { auth };
  const path = changeAuths(config, (auths) => ({ ...auths, [serveraddress]: entry }));
  return `\nWARNING! Your credentials are stored unencrypted in '${path}'.\nConfigure a credential helper to remove this warning.\n\n`;
}

export async function eraseCredentials(config: Config, server: string): Promise<void> {
  const helper = helperFor(config.file, server);
  if (helper) await callHelper(helper, 'erase', server);
  if (config.file.auths?.[server] !== undefined) {
    changeAuths(config, (auths) =>
      Object.fromEntries(Object.entries(auths).filter(([name]) => name !== server)),
    );
  }
}

type Auths = NonNullable<ConfigFile['auths']>;

/** Starts from our own file, or a copy of Docker's when we have none yet: Docker's is never written. */
function changeAuths(config: Config, change: (auths: Auths) => Auths): string {
  const own = readConfigFile(config.directory) ?? config.file;
  return writeConfig(config, { ...own, auths: change(own.auths ?? {}) });
}
