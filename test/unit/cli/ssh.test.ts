// An engine behind ssh: a stand-in for ssh runs the far end's command here.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { parseEndpoint } from '../../../src/cli/connection/endpoint.ts';
import { dialSsh } from '../../../src/cli/connection/ssh.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-ssh-'));
const path = process.env.PATH;
t.teardown(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});
process.env.PATH = `${folder}${delimiter}${path}`;

function standIn(script: string): void {
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
}

function dial(text: string) {
  const endpoint = parseEndpoint(text);
  if (endpoint.kind !== 'ssh') throw new Error(`${text} is not reached by ssh`);
  return dialSsh(endpoint);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

t.test('what it is called with', async (t) => {
  standIn('printf "%s " "$@"');
  const tail = 'system dial-stdio ';
  const rows: [string, string][] = [
    ['ssh://there', `-o ConnectTimeout=30 -T -- there skiff ${tail}`],
    ['ssh://me@there:2222', `-o ConnectTimeout=30 -T -l me -p 2222 -- there skiff ${tail}`],
    ['ssh://there/run/my.sock', `-o ConnectTimeout=30 -T -- there skiff --host unix:///run/my.sock ${tail}`],
  ];
  for (const [text, expected] of rows) t.equal(await readAll(dial(text)), expected, text);
  t.throws(() => parseEndpoint('ssh://there/x;reboot'), { message: /unable to parse/ });
});

t.test('the end of what is sent ends only that direction', async (t) => {
  standIn('wc -c; sleep 0.05; echo after');
  const stream = dial('ssh://there');
  stream.end(Buffer.alloc(1_000_000));
  t.match(await readAll(stream), /^ *1000000\nafter\n$/);
});

t.test('giving up what comes ends ssh without a word', async (t) => {
  standIn('echo $$; exec yes');
  const stream = dial('ssh://there');
  const [chunk] = await stream
    .iterator({ destroyOnReturn: false })
    .next()
    .then(({ value }) => [value]);
  stream.destroy();
  await new Promise((resolve) => stream.once('close', resolve));
  const pid = Number.parseInt(String(chunk), 10);
  await t.resolves(gone(pid));
});

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

t.test('why it did not work', async (t) => {
  const rows: [number, RegExp][] = [
    [255, /^Cannot connect to the skiff daemon at ssh:\/\/there: check that 'ssh there' works$/],
    [127, /is skiff installed on there/],
    [1, /'skiff system dial-stdio' on there ended with exit code 1$/],
  ];
  for (const [code, message] of rows) {
    standIn(`exit ${code}`);
    const stream = dial('ssh://there');
    stream.write('GET / HTTP/1.1\r\n\r\n');
    await t.rejects(readAll(stream), { message });
  }
});
