/** Streams of the Docker API taken apart. */
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';

export interface Output {
  stdout: string;
  stderr: string;
}

/** All output of a container without a terminal: takes Docker's 8-byte frames apart until the stream ends. */
export async function output(docker: Docker, body: Buffer | NodeJS.ReadableStream): Promise<Output> {
  const stream = streamOf(body);
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.on('end', () => {
    stdout.end();
    stderr.end();
  });
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { stdout: out, stderr: err };
}

/** All that a terminal showed. */
export function screen(stream: NodeJS.ReadableStream): Promise<string> {
  return text(stream as Readable);
}

/** dockerode answers a Buffer where nothing is followed. */
function streamOf(body: Buffer | NodeJS.ReadableStream): NodeJS.ReadableStream {
  if (!Buffer.isBuffer(body)) return body;
  const stream = new PassThrough();
  stream.end(body);
  return stream;
}
