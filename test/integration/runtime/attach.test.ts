/** Clients at a container's stdio: every byte in order, whatever the client does, and the container never waits. */
import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { all, Client, lacking, openFixture } from './fixture.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = Number(process.env.ATTACH_MEGABYTES ?? 64);

t.test('attach', { skip: lacking() }, async (t) => {
  const { tasks, request } = await openFixture(t, { feed: { spool: 32 * MEGABYTE } });
  const finish = async (task: { exited: Promise<{ code: number }>; delete(): Promise<void> }) => {
    const { code } = await task.exited;
    await task.delete();
    return code;
  };

  await t.test('stdin reaches the process, and its end', async (t) => {
    const client = new Client();
    const { task, attachments } = await tasks.start(request(['cat'], { stdin: true, stdinOnce: true }), [
      all(client),
    ]);
    client.push('one\n');
    client.push('two\n');
    client.push(null);
    t.equal(await finish(task), 0);
    t.equal(await attachments[0]?.done, 'output-ended');
    t.equal(client.text, 'one\ntwo\n');
  });

  await t.test(`${SIZE} MB through stdin and back, byte for byte`, async (t) => {
    const sent = createHash('sha256');
    const received = createHash('sha256');
    let left = SIZE;
    const client = new Duplex({
      read() {
        if (left-- === 0) return void this.push(null);
        const bytes = Buffer.alloc(MEGABYTE, `${left} `);
        sent.update(bytes);
        this.push(bytes);
      },
      write(chunk, _encoding, done) {
        received.update(chunk);
        setImmediate(done);
      },
    });
    const { task, attachments } = await tasks.start(request(['cat'], { stdin: true, stdinOnce: true }), [
      all(client),
    ]);
    t.equal(await finish(task), 0);
    t.equal(await attachments[0]?.done, 'output-ended');
    t.equal(received.digest('hex'), sent.digest('hex'));
  });

  await t.test('what a process says that ends with its stdin unread', async (t) => {
    for (let round = 0; round < 10; round++) {
      let heard = '';
      const client = new Duplex({
        read() {
          setImmediate(() => this.push(Buffer.alloc(MEGABYTE / 16, 'y\n')));
        },
        write(chunk, _encoding, done) {
          heard += chunk;
          done();
        },
      });
      const { task, attachments } = await tasks.start(
        request(['head', '-n', '1'], { stdin: true, stdinOnce: true }),
        [all(client)],
      );
      t.equal(await finish(task), 0);
      await attachments[0]?.done;
      t.equal(heard, 'y\n');
      client.destroy();
    }
  });

  await t.test('without StdinOnce the end of one client leaves stdin open for the next', async (t) => {
    const first = new Client();
    const { task, attachments } = await tasks.start(request(['cat'], { stdin: true }), [all(first)]);
    first.push('first\n');
    while (first.text === '') await sleep(2);
    first.push(null);
    t.equal(await attachments[0]?.done, 'detached');
    const second = new Client();
    const attachment = await task.attach(all(second));
    second.push('second\n');
    while (second.text === '') await sleep(2);
    t.equal(second.text, 'second\n');
    attachment.close();
    t.equal(await attachment.done, 'detached');
    task.kill(9);
    t.equal(await finish(task), 137);
  });

  await t.test('a terminal: size, detach keys, both directions', async (t) => {
    const client = new Client();
    const { task, attachments } = await tasks.start(
      request(['sh', '-c', 'read go; stty size; read line; echo got $line'], { stdin: true, terminal: true }),
      [all(client)],
    );
    await task.resize(31, 117);
    await sleep(20);
    client.push('go\n');
    while (!client.text.includes('31 117')) await sleep(2);
    client.push(Buffer.from([16, 17]));
    t.equal(await attachments[0]?.done, 'detached');
    const again = new Client();
    const attachment = await task.attach(all(again));
    again.push('bye\n');
    t.equal(await finish(task), 0);
    t.equal(await attachment.done, 'output-ended');
    t.match(again.text, /got bye\r\n$/);
  });

  await t.test('a client that does not read does not stall the container, and is dropped', async (t) => {
    const deaf = new Duplex({ read() {}, write() {} });
    const slow = new Client();
    const { task, attachments } = await tasks.start(request(['dd', 'if=/dev/zero', 'bs=1M', 'count=64']), [
      all(deaf),
      { ...all(slow), stdout: false },
    ]);
    t.equal(await finish(task), 0);
    t.equal(await attachments[0]?.done, 'client-gone');
    t.equal(await attachments[1]?.done, 'output-ended', 'the other client saw it through');
  });

  await t.test('a slow client gets every byte in order', async (t) => {
    const hash = createHash('sha256');
    const slow = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        hash.update(chunk);
        setTimeout(done, 1);
      },
    });
    const { task, attachments } = await tasks.start(request(['seq', '2000000']), [all(slow)]);
    t.equal(await finish(task), 0);
    t.equal(await attachments[0]?.done, 'output-ended');
    const expected = createHash('sha256');
    for (let n = 1; n <= 2_000_000; n++) expected.update(`${n}\n`);
    t.equal(hash.digest('hex'), expected.digest('hex'));
  });

  await t.test('200 clients see the same, and one that goes is no loss', async (t) => {
    const clients = Array.from({ length: 200 }, () => new Client());
    const { task, attachments } = await tasks.start(
      request(['sh', '-c', 'read go; seq 1000'], { stdin: true }),
      clients.map(all),
    );
    clients[0]?.destroy();
    t.equal(await attachments[0]?.done, 'client-gone');
    clients[1]?.push('go\n');
    t.equal(await finish(task), 0);
    const expected = Array.from({ length: 1000 }, (_, n) => `${n + 1}\n`).join('');
    for (const [index, attachment] of attachments.entries()) {
      if (index === 0) continue;
      t.equal(await attachment.done, 'output-ended');
      if (clients[index]?.text !== expected) t.fail(`client ${index} got something else`);
    }
  });

  await t.test('an attachment to what has ended is over at once', async (t) => {
    const { task } = await tasks.start(request(['true']));
    await task.exited;
    t.equal(await (await task.attach(all(new Client()))).done, 'output-ended');
    await task.delete();
  });
});
