/** Mounts of what is the client's: secrets and the SSH agent. They lie on tmpfs while the step runs, and nowhere else. */
import { chmodSync, chownSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join, posix } from 'node:path';
import { finished } from 'node:stream';
import { invalidArgument } from '../../../core/errors.ts';
import { MS, mount as mountFileSystem, unmount } from '../../../kernel/mount.ts';
import type { BuildMount } from '../dockerfile/mount.ts';
import type { BuildSession } from '../request.ts';
import { type Opening, targetOf } from './run-mounts.ts';
import type { StepContext } from './step.ts';

const SECRETS = '/run/secrets';
const AGENT = '/run/buildkit/ssh_agent';

export async function openSecret(context: StepContext, mount: BuildMount, opening: Opening): Promise<void> {
  const id = mount.id ?? mount.source ?? posix.basename(mount.target ?? '');
  const value = await context.build.request.session?.secret(id);
  if (value === undefined) {
    if (mount.required) throw invalidArgument(`secret ${id}: not found`);
    return;
  }
  if (mount.env !== undefined) opening.open.env.push(`${mount.env}=${value.toString('utf8')}`);
  if (mount.env !== undefined && mount.target === undefined) return;
  const source = join(privateDirectory(context, opening), 'secret');
  writeFileSync(source, value, { mode: 0o600 });
  own(source, mount, 0o400);
  const target = mount.target === undefined ? posix.join(SECRETS, id) : targetOf(context, mount);
  opening.open.mounts.push({ kind: 'bind', source, target, readonly: true });
}

export async function openAgent(context: StepContext, mount: BuildMount, opening: Opening): Promise<void> {
  const { session } = context.build.request;
  const id = mount.id ?? 'default';
  const first = await session?.sshAgent(id);
  first?.destroy();
  if (!session || !first) {
    if (mount.required) throw invalidArgument(`unset ssh forward key ${id}`);
    return;
  }
  const source = join(privateDirectory(context, opening), 'agent');
  const server = await listen(source, session, id);
  opening.undo.push(() => void server.close());
  own(source, mount, 0o600);
  const target = mount.target === undefined ? `${AGENT}.${opening.index}` : targetOf(context, mount);
  opening.open.mounts.push({ kind: 'bind', source, target, readonly: false });
  opening.open.env.push(`SSH_AUTH_SOCK=${target}`);
}

/** A tmpfs of its own: what lies in it is on no disk, wherever the exec-root is. */
function privateDirectory({ build }: StepContext, { tree, index, undo }: Opening): string {
  const directory = join(build.secretsDirectory, `${tree.id.slice(0, 16)}-${index}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  undo.push(() => rmdirSync(directory));
  mountFileSystem('tmpfs', directory, 'tmpfs', MS.NOSUID | MS.NODEV | MS.NOEXEC, 'size=2m,mode=0700');
  undo.push(() => unmount(directory));
  return directory;
}

function own(path: string, { uid = 0, gid = 0, mode }: BuildMount, usual: number): void {
  chownSync(path, uid, gid);
  chmodSync(path, mode ?? usual);
}

/** Each connection of the step is one to the client's agent. */
function listen(path: string, session: BuildSession, id: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void forward(socket, session, id));
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, () => resolve(server));
  });
}

async function forward(socket: Socket, session: BuildSession, id: string): Promise<void> {
  const agent = await session.sshAgent(id).catch(() => undefined);
  if (!agent) return void socket.destroy();
  finished(socket, () => agent.destroy());
  finished(agent, () => socket.destroy());
  socket.pipe(agent).pipe(socket);
}
