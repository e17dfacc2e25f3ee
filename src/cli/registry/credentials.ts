// Names and passwords for registries: from a credential helper if one is configured, else from the config file.

import { spawn } from 'node:child_process';
import type { AuthEntry, Config, ConfigFile } from '../config.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  readonly identitytoken?: string;
}

export const dockerHub = 'https://index.docker.io/v1/';

/** The X-Registry-Auth header for a registry. */
export async function registryAuth(config: Config, domain: string): Promise<string> {
  const found = await findCredentials(config.file, registryKey(domain));
  return Buffer.from(JSON.stringify(found ?? {})).toString('base64url');
}

export function registryKey(domain: string): string {
  return domain === 'docker.io' || domain === 'index.docker.io' ? dockerHub : domain;
}

export async function findCredentials(file: ConfigFile, server: string): Promise<Credentials | undefined> {
  const helper = helperFor(file, server);
  if (helper) return askHelper(helper, server);
  const entry = file.auths?.[server] ?? matching(file, server);
  return entry && decode(entry, server);
}

/** Those of every registry that the config file names. */
export async function allCredentials(file: ConfigFile): Promise<Credentials[]> {
  const servers = new Set([...Object.keys(file.auths ?? {}), ...Object.keys(file.credHelpers ?? {})]);
  const found = await Promise.all([...servers].map((server) => findCredentials(file, server)));
  return found.filter((each) => each !== undefined);
}

export function helperFor(file: ConfigFile, server: string): string | undefined {
  return file.credHelpers?.[server] ?? file.credHelpers?.[hostOf(server)] ?? file.credsStore;
}

/** Talks to `docker-credential-NAME`: the verb as argument, the rest through stdin, never in an argument. */
export function callHelper(name: string, verb: 'get' | 'store' | 'erase', input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.stdin.on('error', () => {});
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`error getting credentials - err: exit status ${code}, out: \`${output.trim()}\``));
    });
    child.stdin.end(input);
  });
}

async function askHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const answer = await callHelper(helper, 'get', server).catch((error: Error) => {
    if (/credentials not found/.test(error.message)) return undefined;
    throw error;
  });
  if (!answer) return undefined;
  const { Username, Secret } = JSON.parse(answer) as { Username: string; Secret: string };
  if (Username === '<token>')
    return { username: '', password: '', identitytoken: Secret, serveraddress: server };
  return { username: Username, password: Secret, serveraddress: server };
}

function matching(file: ConfigFile, server: string): AuthEntry | undefined {
  const found = Object.entries(file.auths ?? {}).find(([key]) => hostOf(key) === hostOf(server));
  return found?.[1];
}

function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function decode(entry: AuthEntry, server: string): Credentials {
  const [username = '', password = ''] = Buffer.from(entry.auth ?? '', 'base64')
    .toString()
    .split(/:(.*)/s);
  return { username, password, serveraddress: server, identitytoken: entry.identitytoken };
}
