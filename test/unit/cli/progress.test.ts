// The engine's progress: bars on a terminal, lines elsewhere.

import { PassThrough } from 'node:stream';
import t from 'tap';
import { openDisplay } from '../../../src/cli/build/progress.ts';
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
  show: typeof showProgress = showProgress,
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
  await show(body(), out, (one) => aux.push(one));
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

t.test('steps of a build: a line each, with its time', async (t) => {
  const step = (number: number, state: string, name: string, duration?: number) => ({
    step: { number, total: 3, state, name, duration },
  });
  const rows = [
    { ...step(1, 'started', 'FROM base'), stream: 'Step 1/3 : FROM base\n' },
    { ...step(1, 'cached', 'FROM base', 3), stream: ' ---> 1\n' },
    step(2, 'started', 'RUN make \\  all'),
    { stream: ' ---> Running in 2\n' },
    { stream: '\x1b[91mone\x1b[0m\ntwo' },
    step(2, 'done', `RUN make ${'x'.repeat(60)}`, 1234),
    step(3, 'started', 'RUN false'),
    { stream: 'what it said' },
    step(3, 'failed', 'RUN false', 40),
    { errorDetail: { code: 3, message: 'the command failed' }, error: 'the command failed' },
  ];
  const { text } = await shown(rows, { columns: 50 }, async (body, out, onAux) => {
    await t.rejects(openDisplay('auto', out).show(body, onAux ?? (() => {})), {
      message: 'the command failed',
      code: 3,
    });
  });
  // What a terminal shows in the end: lines that were drawn over are gone.
  const kept: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own sequences.
  for (const [, up, line = ''] of text.matchAll(/(?:\x1b\[(\d+)A\x1b\[J)?([^\n\x1b]*\n?)/g)) {
    if (up) kept.length -= Number(up);
    if (line !== '') kept.push(line);
  }
  t.strictSame(kept, [
    ' => CACHED [1/3] FROM base                    0.0s\n',
    ` => [2/3] RUN make ${'x'.repeat(25)}… 1.2s\n`,
    ' => ERROR [3/3] RUN false                     0.0s\n',
    'what it said\n',
  ]);
});
