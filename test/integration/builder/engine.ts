/** Builds over the API, of skiffd or dockerd alike, and what came of them. */
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Client } from 'undici';
import type { ContextFile } from '../../fixtures/dockerfiles/case.ts';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { findProgram } from '../../harness/requires.ts';

export interface Message {
  stream?: string;
  aux?: { ID?: string };
  error?: string;
  errorDetail?: { code?: number; message: string };
  step?: { number: number; total: number; state: string; name: string };
}

export interface Built {
  status: number;
  messages: Message[];
  /** All `stream` texts. */
  text: string;
  /** The last id told. */
  id?: string;
  /** Of the stream, or of the answer. */
  error?: string;
}

export type Query = Record<string, string | string[] | undefined>;

/** One connection to an engine's socket. */
export class Engine {
  readonly #client: Client;

  constructor(socketPath: string) {
    this.#client = new Client('http://engine', { socketPath, bodyTimeout: 0, headersTimeout: 0 });
  }

  async build(context: Buffer | Readable, query: Query = {}, signal?: AbortSignal): Promise<Built> {
    const answer = await this.#client.request({
      method: 'POST',
      path: `/v1.41/build${search(query)}`,
      headers: { 'content-type': 'application/x-tar' },
      body: context,
      signal,
    });
    return described(answer.statusCode, await answer.body.text());
  }

  async json<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const answer = await this.#client.request({
      method,
      path,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** An image as a docker-archive. */
  async save(name: string): Promise<Readable> {
    const answer = await this.#client.request({
      method: 'GET',
      path: `/images/${encodeURIComponent(name)}/get`,
    });
    return answer.body;
  }

  async import(rootfs: Buffer | Readable, repo: string, tag: string): Promise<void> {
    const path = `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`;
    const answer = await this.#client.request({ method: 'POST', path, body: rootfs });
    const text = await answer.body.text();
    if (answer.statusCode !== 200 || text.includes('"error"')) throw new Error(text);
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}

export function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value = []]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function described(status: number, body: string): Built {
  if (status !== 200) {
    return { status, messages: [], text: '', error: (JSON.parse(body) as { message: string }).message };
  }
  const messages = body
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Message);
  return {
    status,
    messages,
    text: messages.map(({ stream = '' }) => stream).join(''),
    id: messages.findLast(({ aux }) => aux?.ID)?.aux?.ID,
    error: messages.findLast(({ error }) => error)?.error,
  };
}

const APPLETS =
  'sh ls cat mkdir touch rm rmdir echo true false chmod chown ln id env pwd find stat sleep grep sed wc tar cp mv test mount umount ip nc wget sha256sum head tail date seq dd ps kill sort hostname mkfifo';

/** A root filesystem of busybox, with users: what the cases build on. */
export function baseRootfs(): Buffer {
  const files: Record<string, ContextFile> = {
    'bin/': '',
    'bin/busybox': { content: readFileSync(findProgram('busybox') ?? ''), mode: 0o755 },
    'etc/': '',
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n',
    'etc/group': 'root:x:0:\nuser:x:1000:\nstaff:x:50:user\n',
    'tmp/': { mode: 0o1777 },
    'var/': '',
    'var/run/': '',
    run: { linkname: 'var/run' },
  };
  for (const applet of APPLETS.split(' ')) files[`bin/${applet}`] = { linkname: 'busybox' };
  return tarOf(files);
}
