/** How downloads share what there is of lines: a server that trickles keeps nobody waiting for long. */
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { sha256 } from '../../../src/core/digest.ts';
import { ContentStore } from '../../../src/image/content-store.ts';
import { Downloads } from '../../../src/image/registry/downloads.ts';
import type { OpenBlob } from '../../../src/image/registry/partial.ts';

const PIECE_MS = 20;

/** Sends one byte after the other. `ranges`: it can continue where it was cut. */
function trickling(data: Buffer, ranges: boolean): { open: OpenBlob; offsets: number[] } {
  const offsets: number[] = [];
  const open: OpenBlob = async (asked) => {
    const offset = ranges ? asked : 0;
    offsets.push(asked);
    const bytes = async function* () {
      for (let at = offset; at < data.length; at++) {
        await setTimeout(PIECE_MS);
        yield data.subarray(at, at + 1);
      }
    };
    return { body: Readable.from(bytes(), { objectMode: false }), offset };
  };
  return { open, offsets };
}

function start(t: Test) {
  const content = new ContentStore(t.testdir());
  const downloads = new Downloads(content, 1, { ms: 10 * PIECE_MS, bytes: 1000 });
  const finished: string[] = [];
  const fetch = async (name: string, data: Buffer, open: OpenBlob, signal?: AbortSignal) => {
    const blob = { mediaType: '', digest: sha256(data), size: data.length };
    await downloads.fetch({ blob, open, onBytes: () => {}, signal });
    t.ok(content.read(blob.digest).equals(data), `${name} is whole`);
    finished.push(name);
  };
  return { fetch, finished };
}

const at = (data: Buffer): OpenBlob => {
  return async (offset) => ({ body: Readable.from([data.subarray(offset)]), offset });
};

t.test('a line that trickles lets those go first who wait, and goes on where it was', async (t) => {
  const { fetch, finished } = start(t);
  const slow = Buffer.from('one byte after the other, and many of them, one by one');
  const { open, offsets } = trickling(slow, true);
  const quick = Buffer.from('quick');
  await Promise.all([fetch('slow', slow, open), fetch('quick', quick, at(quick))]);
  t.same(finished, ['quick', 'slow']);
  t.equal(offsets.length, 2, 'with nobody waiting any more it is left alone');
  t.ok((offsets[1] ?? 0) > 0, 'nothing is fetched twice');
});

t.test('a server that cannot continue is waited for', async (t) => {
  const { fetch, finished } = start(t);
  const slow = Buffer.from('one byte after the other');
  const { open, offsets } = trickling(slow, false);
  const [quick, other] = [Buffer.from('quick'), Buffer.from('other')];
  const all = [fetch('slow', slow, open), fetch('quick', quick, at(quick))];
  await all[1];
  await Promise.all([...all, fetch('other', other, at(other))]);
  t.equal(finished[0], 'quick', 'it was let go first once');
  t.same(offsets.slice(0, 1), [0]);
  t.ok(offsets.length <= 2, 'and was not begun a third time');
});

/** As a client: its lines end with their signal, and when it is closed. */
function client(data: Buffer): { open: OpenBlob; offsets: number[] } {
  const { open, offsets } = trickling(data, true);
  const closing: OpenBlob = async (offset, signal) => {
    const line = await open(offset, signal);
    signal.addEventListener('abort', () => line.body.destroy(signal.reason));
    return line;
  };
  return { open: closing, offsets };
}

t.test('whoever asked leaves: it goes on in the name of who is left', async (t) => {
  const { fetch } = start(t);
  const data = Buffer.from('bytes that two want');
  const [one, two, leave] = [client(data), client(data), new AbortController()];
  const first = fetch('first', data, one.open, leave.signal);
  const second = fetch('second', data, two.open);
  await setTimeout(5 * PIECE_MS);
  leave.abort();
  await t.rejects(first, /cancelled/);
  await second;
  t.same(one.offsets, [0]);
  t.equal(two.offsets.length, 1);
  t.ok((two.offsets[0] ?? 0) > 0, 'from where it was');
});

t.test('all leave, and one comes back at once', async (t) => {
  const { fetch } = start(t);
  const data = Buffer.from('left and wanted again');
  const leave = new AbortController();
  const first = fetch('first', data, client(data).open, leave.signal);
  await setTimeout(5 * PIECE_MS);
  leave.abort();
  await t.rejects(first, /cancelled/);
  await fetch('second', data, client(data).open);
});

t.test('what one registry refuses, another gives', async (t) => {
  const { fetch } = start(t);
  const data = Buffer.from('here, but not there');
  const refuse: OpenBlob = () => Promise.reject(new Error('refused'));
  const refused = t.rejects(fetch('first', data, refuse), /refused/);
  await Promise.all([refused, fetch('second', data, at(data))]);
});
