// `--ssh`: agents that steps may use by an id. `default` is the agent of SSH_AUTH_SOCK; `id=PATH` another one's socket,
// or key files, for which an agent of OpenSSH's is started that ends with the build.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ExitError, messageOf } from '../exit.ts';

export interface Agent {
  readonly id: string;
  connect(): Socket;
  close(): void;
}

export async function openAgent(text: string, env: NodeJS.ProcessEnv): Promise<Agent> {
  const equals = text.indexOf('=');
  const id = equals < 0 ? text : text.slice(0, equals);
  const paths = equals < 0 ? [] : text.slice(equals + 1).split(',');
  if (paths.length === 0) return agentAt(id, agentOf(id, env));
  const found = paths.map((path) => resolve(path));
  for (const path of found)
    if (!existsSync(path)) throw new ExitError(`failed to open ${path}: no such file or directory`);
  const [first = ''] = found;
  if (found.length === 1 && statSync(first).isSocket()) return agentAt(id, first);
  if (found.some((path) => statSync(path).isSocket()))
    throw new ExitError('only single socket allowed for an SSH agent');
  return ownAgent(id, found, env);
}

function agentOf(id: string, env: NodeJS.ProcessEnv): string {
  const socket = env.SSH_AUTH_SOCK;
  if (socket) return socket;
  throw new ExitError(`invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set (--ssh ${id})`);
}

function agentAt(id: string, path: string, close = () => {}): Agent {
  return { id, connect: () => connect(path), close };
}

/**
 * Keys that ask for a passphrase are refused: nobody could type it. The agent lives as long as its command, which is
 * `cat` on a pipe from us: however we end, it does, within the ten seconds in which it looks.
 */
async function ownAgent(id: string, keys: readonly string[], env: NodeJS.ProcessEnv): Promise<Agent> {
  const directory = mkdtempSync(join(tmpdir(), 'skiff-ssh-'));
  const socket = join(directory, 'agent');
  const command = spawn('ssh-agent', ['-a', socket, 'sh', '-c', 'echo "$SSH_AGENT_PID"; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env,
  });
  let agent = 0;
  const close = () => {
    // While the agent still runs: one that ends removes its socket itself, and a removal that meets another gives up
    // silently, with the directory left.
    rmSync(directory, { recursive: true, force: true });
    command.kill();
    if (agent > 0) kill(agent);
  };
  try {
    // The command starts once the agent listens.
    const [pid] = await Promise.race([once(command.stdout, 'data'), failureOf(command)]);
    agent = Number(pid);
    const quiet = { ...env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: '/bin/false', SSH_ASKPASS_REQUIRE: 'force' };
    await promisify(execFile)('ssh-add', ['-q', ...keys], { env: quiet });
    return agentAt(id, socket, close);
  } catch (error) {
    close();
    throw new ExitError(`failed to load the keys of --ssh ${id}: ${messageOf(error)}`, 1, { cause: error });
  }
}

/** An agent may have ended already: it does so itself once its command has. */
function kill(pid: number): void {
  try {
    process.kill(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Of a program that is not there. */
function failureOf(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', reject).once('exit', () => reject(new Error('ssh-agent ended')));
  });
}
