// `skiff login`: asks the engine whether a name and password are good, and keeps them if so.

import { bool, string } from '../args/flag.ts';
import { type Call, defineCommand } from '../command.ts';
import { ExitError } from '../exit.ts';
import { findCredentials, registryKey } from '../registry/credentials.ts';
import { storeCredentials } from '../registry/keep-credentials.ts';
import type { World } from '../world.ts';
import { askPassword, askText } from './prompt.ts';

const loginFlags = {
  password: string('Password or Personal Access Token (PAT)', { short: 'p' }),
  'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
  username: string('Username', { short: 'u' }),
};

export const command = defineCommand({
  name: 'login',
  usage: '[OPTIONS] [SERVER]',
  description: 'Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.',
  args: [0, 1],
  flags: loginFlags,
  async run(call) {
    const { args, engine, config, world } = call;
    const server = registryKey((args[0] ?? 'docker.io').replace(/^https?:\/\//, '').replace(/\/$/, ''));
    const known = await knownCredentials(call, server);
    const { username, password } = known ?? (await askCredentials(call));
    const answer = await engine.json<{ Status?: string; IdentityToken?: string }>('POST', '/auth', {
      json: { username, password, serveraddress: server },
    });
    const identitytoken = answer?.IdentityToken || undefined;
    const warning = await storeCredentials(config, {
      username,
      password,
      serveraddress: server,
      identitytoken,
    });
    if (warning) world.stderr.write(warning);
    world.stdout.write(`${answer?.Status ?? 'Login Succeeded'}\n`);
  },
});

type LoginCall = Call<typeof loginFlags>;

/** Those of an earlier login, when nothing was given on the command line. */
async function knownCredentials({ flags, config, world }: LoginCall, server: string) {
  if (flags.username || flags.password || flags['password-stdin']) return undefined;
  const found = await findCredentials(config.file, server);
  if (!found?.username || !found.password) return undefined;
  world.stdout.write(`Authenticating with existing credentials... [Username: ${found.username}]\n`);
  return found;
}

/** All of stdin, for some passwords are keys of several lines; the end of the last one is none of it. */
async function readPassword(world: World): Promise<string> {
  let password = '';
  for await (const chunk of world.stdin) password += chunk;
  return password.replace(/\r?\n$/, '');
}

async function askCredentials({ flags, world }: LoginCall): Promise<{ username: string; password: string }> {
  if (flags['password-stdin']) {
    if (flags.password)
      throw new ExitError('conflicting options: cannot specify both --password and --password-stdin');
    if (!flags.username) throw new ExitError('the --password-stdin option requires --username to be set');
    return { username: flags.username, password: await readPassword(world) };
  }
  if (flags.password) {
    world.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    if (flags.username) return { username: flags.username, password: flags.password };
  }
  if (!world.stdin.isTTY)
    throw new ExitError('Error: Cannot perform an interactive login from a non TTY device');
  const username = flags.username || (await askText('Username: ', world));
  if (username === '') throw new ExitError('error: username is required');
  const password = flags.password || (await askPassword('Password: ', world));
  if (password === '') throw new ExitError('error: password is required');
  return { username, password };
}
