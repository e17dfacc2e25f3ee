/**
 * Connections by which clients hand out what is theirs while a build runs. The client takes `POST /build/session`
 * over and serves HTTP/2 on it; the engine asks:
 *
 *   GET  /secrets/<id>      200 and the secret, or 404
 *   POST /ssh/<id>          200 and a two-way stream to the client's SSH agent, or 404
 *   PUT  /outputs/<index>   a tar archive; 204 once the client has it where it belongs, else 4xx and the reason as text
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Duplex, Writable } from 'node:stream';
import { EngineError, invalidArgument, messageOf } from '../../core/errors.ts';
import type { BuildSession } from '../../image/builder/request.ts';

/** As BuildKit has it, and some: a key or a token, not a file system. */
const SECRET_MAX = 1024 * 1024;
const REASON_MAX = 4096;

export interface BuildSessions {
  /**
   * `take` hands over the connection; it is forgotten when that closes. Throws `invalid-argument`, and takes nothing,
   * for an id that is none or is taken.
   */
  open(id: string, take: () => Duplex): void;
  /** Throws `invalid-argument`. */
  find(id: string): BuildSession;
  close(): void;
}

export function buildSessions(): BuildSessions {
  const sessions = new Map<string, ClientHttp2Session>();
  return {
    open: (id, take) => {
      if (!/^[\w.-]{8,128}$/.test(id))
        throw invalidArgument('a build session needs an id of 8 to 128 letters');
      if (sessions.has(id)) throw invalidArgument(`the build session ${id} is open already`);
      const stream = take();
      const session = connect('http://client', { createConnection: () => stream });
      sessions.set(id, session);
      session.on('error', () => {}).on('close', () => sessions.delete(id));
      stream.on('close', () => session.destroy());
    },
    find: (id) => {
      const session = sessions.get(id);
      if (!session) throw invalidArgument(`no such build session: ${id}`);
      return {
        secret: (name) => askSecret(session, name),
        sshAgent: (name) => askAgent(session, name),
        output: (index, write) => sendOutput(session, index, write),
      };
    },
    close: () => {
      for (const session of sessions.values()) session.destroy();
    },
  };
}

async function askSecret(session: ClientHttp2Session, id: string): Promise<Buffer | undefined> {
  const stream = await ask(session, 'GET', `/secrets/${encodeURIComponent(id)}`);
  if (!stream) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > SECRET_MAX) throw invalidArgument(`the secret ${id} is larger than ${SECRET_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function askAgent(session: ClientHttp2Session, id: string): Promise<Duplex | undefined> {
  return ask(session, 'POST', `/ssh/${encodeURIComponent(id)}`);
}

/** The client may refuse before it has read it all: then its reason is the error, not the broken stream. */
async function sendOutput(
  session: ClientHttp2Session,
  index: number,
  write: (out: Writable) => Promise<void>,
): Promise<void> {
  if (session.closed || session.destroyed) throw gone();
  const stream = session.request({ ':method': 'PUT', ':path': `/outputs/${index}` });
  const answer = answerTo(stream);
  // Not `close`: Node goes round for ever over what is still to be written to a stream that its peer has ended.
  answer.catch(() => stream.destroy());
  const [written, answered] = await Promise.allSettled([write(stream), answer]);
  for (const outcome of [answered, written]) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Resolves with the last of a good answer; throws the text of a bad one. */
function answerTo(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let reason = '';
    stream.on('response', (headers) => {
      status = Number(headers[constants.HTTP2_HEADER_STATUS]);
    });
    stream.setEncoding('utf8').on('data', (text: string) => {
      reason = (reason + text).slice(0, REASON_MAX);
    });
    stream.on('end', () => {
      if (status >= 400) reject(invalidArgument(`the client could not take the output: ${reason}`));
      else if (status >= 200) resolve();
    });
    stream.on('error', (error) => reject(gone(error)));
    stream.on('close', () => reject(gone()));
  });
}

/** Undefined: the client answers 404. */
function ask(
  session: ClientHttp2Session,
  method: 'GET' | 'POST',
  path: string,
): Promise<ClientHttp2Stream | undefined> {
  return new Promise((resolve, reject) => {
    if (session.closed || session.destroyed) return reject(gone());
    const stream = session.request({ ':method': method, ':path': path }, { endStream: method === 'GET' });
    stream.on('error', (error) => reject(gone(error)));
    stream.on('close', () => reject(gone()));
    stream.on('response', (headers) => {
      const status = Number(headers[constants.HTTP2_HEADER_STATUS]);
      if (status === 200) return resolve(stream);
      stream.destroy();
      if (status === 404) resolve(undefined);
      else reject(invalidArgument(`the client refuses ${path}: status ${status}`));
    });
  });
}

function gone(cause?: unknown): EngineError {
  const reason = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new EngineError('unavailable', `the client's build session has ended${reason}`, { cause });
}
