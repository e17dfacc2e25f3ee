// Reaches an engine on another machine: `ssh HOST skiff system dial-stdio` carries the bytes.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { ExitError } from '../exit.ts';
import type { Endpoint } from './endpoint.ts';

type SshEndpoint = Extract<Endpoint, { kind: 'ssh' }>;
type Ssh = ChildProcessByStdio<Writable, Readable, null>;

/** Its end of writing closes only that direction; destroying it ends ssh. */
export function dialSsh(endpoint: SshEndpoint): Duplex {
  const child: Ssh = spawn('ssh', argumentsFor(endpoint), { stdio: ['pipe', 'pipe', 'inherit'] });
  let received = false;
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    // That ssh has gone is told by its exit code, not by a pipe that nobody reads.
    write: (chunk, _, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    received = true;
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.once('error', (error) => stream.destroy(new ExitError(`cannot run ssh: ${error.message}`)));
  child.once('close', (code) => {
    if (received || code === 0) stream.push(null);
    else stream.destroy(unreachable(endpoint, code));
  });
  return stream;
}

function argumentsFor({ host, user, port, path }: SshEndpoint): string[] {
  const login = [...(user ? ['-l', user] : []), ...(port ? ['-p', port] : [])];
  const there = path ? ['--host', `unix://${path}`] : [];
  return ['-o', 'ConnectTimeout=30', '-T', ...login, '--', host, 'skiff', ...there, 'system', 'dial-stdio'];
}

/** ssh itself answers 255, a shell that finds no skiff 127. */
function unreachable({ host, text }: SshEndpoint, code: number | null): ExitError {
  const why =
    code === 255
      ? `check that 'ssh ${host}' works`
      : code === 127
        ? `is skiff installed on ${host}, and found by its shell?`
        : `'skiff system dial-stdio' on ${host} ended with exit code ${code}`;
  return new ExitError(`Cannot connect to the skiff daemon at ${text}: ${why}`);
}
