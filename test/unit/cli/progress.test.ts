// The engine's progress: bars on a terminal, lines elsewhere.

import { PassThrough } from 'node:stream';
import t from 'tap';
import { showProgress } from '../../../src/cli/output/progress.ts';

const messages = [
  { status: 'Pulling from library/x', id: 'latest' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'aaa' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'bbb' },
  { status: 'Downloading', progressDetail: { current: 500_000, total: 1_000_000 }, id: 'aaa' },
  { status: 'Pull complete', progressDetail: {}, id: 'aaa' },
  { aux: { ID: 'sha256:1' } },
  { status: 'Digest: sha256:1' },
];

async function shown(
  rows: readonly object[],
  terminal?: { columns: number },
): Promise<{ text: string; aux: unknown[] }> {
  const out = Object.assign(new PassThrough(), terminal && { isTTY: true, ...terminal });
  const aux: unknown[] = [];
  let text = '';
  out.on('data', (chunk) => {
    text += chunk;
  });
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\r\n`).join(''));
  async function* body() {
    for (let at = 0; at < bytes.length; at += 11) yield bytes.subarray(at, at + 11);
  }
  await showProgress(body(), out, (one) => aux.push(one));
  return { text, aux };
}

t.test('lines', async (t) => {
  const { text, aux } = await shown(messages);
  t.equal(
    text,
    'latest: Pulling from library/x\naaa: Pulling fs layer\nbbb: Pulling fs layer\naaa: Pull complete\nDigest: sha256:1\n',
  );
  t.strictSame(aux, [{ ID: 'sha256:1' }]);
});

t.test('bars', async (t) => {
  const { text } = await shown(messages, { columns: 120 });
  const bar = `[${'='.repeat(25)}>${' '.repeat(25)}]    500kB/1MB`;
  t.equal(
    text,
    'latest: Pulling from library/x\n' +
      '\n\x1b[1A\x1b[2K\raaa: Pulling fs layer\r\x1b[1B' +
      '\n\x1b[1A\x1b[2K\rbbb: Pulling fs layer\r\x1b[1B' +
      `\x1b[2A\x1b[2K\raaa: Downloading ${bar}\r\x1b[2B` +
      '\x1b[2A\x1b[2K\raaa: Pull complete\r\x1b[2B' +
      'Digest: sha256:1\n',
  );
  const narrow = await shown(messages, { columns: 80 });
  t.match(narrow.text, 'aaa: Downloading    500kB/1MB\r', 'no room for a bar');
});

t.test('an error ends it', async (t) => {
  await t.rejects(
    shown([{ stream: 'Step 1' }, { errorDetail: { message: 'went wrong' }, error: 'went wrong' }]),
    { message: 'went wrong' },
  );
});
