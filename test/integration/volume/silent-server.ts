/** A file server that does not answer (fuse(4)): whoever looks at what it serves waits for as long as it runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { Test } from 'tap';
import { unmount } from '../../../src/kernel/mount.ts';

/** Mounts it, answers FUSE_INIT, and says when it is asked for more. */
const SERVER = `
import ctypes, os, struct, sys
fuse = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={fuse},rootmode=40000,user_id=0,group_id=0'.encode()
if ctypes.CDLL(None).mount(b'silent', sys.argv[1].encode(), b'fuse', 0, options): sys.exit('no mount')
init = os.read(fuse, 1 << 17)
os.write(fuse, struct.pack('<IiQII56x', 80, 0, struct.unpack_from('<Q', init, 8)[0], 7, 31))
print('there', flush=True)
os.read(fuse, 1 << 17)
print('asked', flush=True)
sys.stdin.read()
`;

export interface SilentServer {
  /** Resolves when somebody waits for it. */
  asked: Promise<unknown>;
  /** Who waits for it is told that it has gone. */
  end(): void;
}

export async function mountSilentServer(t: Test, directory: string): Promise<SilentServer> {
  mkdirSync(directory);
  const server = spawn('python3', ['-c', SERVER, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  t.teardown(async () => {
    server.kill();
    await ended;
    unmount(directory);
  });
  await once(server.stdout, 'data');
  return { asked: once(server.stdout, 'data'), end: () => server.kill() };
}
