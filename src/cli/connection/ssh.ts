// Reaches an engine on another machine: `ssh HOST skiff system dial-stdio` carries the bytes.

import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { Endpoint } from './endpoint.ts';

export function dialSsh(endpoint: Extract<Endpoint, { kind: 'ssh' }>): Duplex {
  const args = ['-o', 'ConnectTimeout=30', '-T'];
  if (endpoint.user) args.push('-l', endpoint.user);
  if (endpoint.port) args.push('-p', endpoint.port);
  const child = spawn('ssh', [...args, '--', endpoint.host, 'skiff', 'system', 'dial-stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.once('error', (error) => duplex.destroy(error));
  duplex.once('close', () => child.kill());
  return duplex;
}
