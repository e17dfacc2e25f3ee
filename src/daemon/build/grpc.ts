/**
 * BuildKit's clients (buildx, `docker compose build`) take `POST /grpc` over and speak gRPC on it. There is no BuildKit
 * here; they print the message of a call that failed, but not the body of an upgrade that was refused. So the upgrade
 * is granted, and every call answers UNIMPLEMENTED and what to do instead.
 */
import { createServer } from 'node:http2';
import type { Socket } from 'node:net';

export const NO_BUILDKIT =
  'BuildKit is not served by this engine: build with DOCKER_BUILDKIT=0, which uses the classic builder';

/** gRPC's status code (google.golang.org/grpc/codes). */
const UNIMPLEMENTED = 12;

export function refuseCalls(connection: Socket): void {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    // "Trailers-Only" of gRPC over HTTP/2: status and message in the only headers there are.
    const status = { 'grpc-status': UNIMPLEMENTED, 'grpc-message': encodeURIComponent(NO_BUILDKIT) };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
  });
  server.on('sessionError', () => connection.destroy());
  server.emit('connection', connection);
}
