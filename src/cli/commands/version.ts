// `skiff version`: this client and the engine it talks to.

import type { SystemVersion } from '../../api/system.ts';
import { string } from '../args/flag.ts';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit.ts';
import { clientCommit, clientVersion, newestApi } from '../version.ts';
import { objectFormatHelp } from './format-help.ts';
import { objectPrinter } from './object-printer.ts';

export const command = defineCommand({
  name: 'version',
  usage: '[OPTIONS]',
  description: 'Show the Skiff version information',
  args: [0, 0],
  flags: { format: string(objectFormatHelp, { short: 'f' }) },
  async run({ flags, engine, world }) {
    const format = { text: flags.format, type: 'system.versionInfo', name: 'version' };
    const print = flags.format
      ? await objectPrinter(format, world)
      : (sides: Sides) => void world.stdout.write(describe(sides));
    const Client = clientSide();
    let failure: unknown;
    const Server = await engine.json<SystemVersion>('GET', '/version').catch((error: unknown) => {
      failure = error;
      return null;
    });
    if (Server) Client.ApiVersion = older(Server.ApiVersion, newestApi);
    try {
      print({ Client, Server });
    } catch (error) {
      // Why there is no engine to speak of comes before what is wrong with a template that speaks of one.
      throw failure ?? error;
    }
    if (failure) throw failure;
  },
});

interface Sides {
  Client: ClientSide;
  Server: SystemVersion | null;
}

const describe = ({ Client, Server }: Sides) =>
  describeClient(Client) + (Server ? describeServer(Server) : '');

type ClientSide = ReturnType<typeof clientSide>;

function clientSide() {
  return {
    Version: clientVersion,
    ApiVersion: newestApi,
    DefaultAPIVersion: newestApi,
    GitCommit: clientCommit,
    GoVersion: '',
    NodeVersion: process.version,
    Os: process.platform,
    Arch: process.arch === 'x64' ? 'amd64' : process.arch,
    Context: 'default',
  };
}

function describeClient(client: ClientSide): string {
  const downgraded =
    client.ApiVersion === client.DefaultAPIVersion ? '' : ` (downgraded from ${client.DefaultAPIVersion})`;
  return [
    'Client:',
    ` Version:           ${client.Version}`,
    ` API version:       ${client.ApiVersion}${downgraded}`,
    ` Node version:      ${client.NodeVersion}`,
    ` Git commit:        ${client.GitCommit}`,
    ` OS/Arch:           ${client.Os}/${client.Arch}`,
    ` Context:           ${client.Context}`,
    '',
  ].join('\n');
}

const detailNames: Readonly<Record<string, string>> = {
  ApiVersion: 'API version',
  Arch: '',
  BuildTime: 'Built',
  Experimental: 'Experimental',
  GitCommit: 'Git commit',
  GoVersion: 'Go version',
  NodeVersion: 'Node version',
  KernelVersion: '',
  MinAPIVersion: '',
  Os: '',
};

function describeServer(server: SystemVersion): string {
  const platform = server.Platform?.Name ? ` ${server.Platform.Name}` : '';
  return `\nServer:${platform}\n${(server.Components ?? []).map(describeComponent).join('')}`;
}

type Component = NonNullable<SystemVersion['Components']>[number];

function describeComponent({ Name, Version, Details }: Component): string {
  const details = Details ?? {};
  const line = (name: string, value: string) => `  ${`${name}:`.padEnd(18)}${value}\n`;
  let text = ` ${Name}:\n${line('Version', Version)}`;
  for (const [key, value] of Object.entries(details)) {
    const name = Name === 'Engine' ? (detailNames[key] ?? key) : key;
    if (name === '' || key === 'Experimental') continue;
    text += line(name, key === 'ApiVersion' ? `${value} (minimum version ${details.MinAPIVersion})` : value);
  }
  if (details.Os) text += line('OS/Arch', `${details.Os}/${details.Arch}`);
  return details.Experimental === undefined ? text : text + line('Experimental', details.Experimental);
}

function older(a: string, b: string): string {
  if (!/^\d+\.\d+$/.test(a)) throw new ExitError(`the engine names an API version that is none: ${a}`);
  const minor = (version: string) => Number(version.split('.')[1]);
  return minor(a) < minor(b) ? a : b;
}
