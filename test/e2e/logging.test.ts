/** Logging drivers: what is kept, what is sent on, and what each of them refuses. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createReadStream, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { call } from '../harness/api.ts';
import { builtinImage } from '../harness/builtin-image.ts';
import { dockerode, refusal } from '../harness/client.ts';
import { requires } from '../harness/requires.ts';
import { startSkiffd } from '../harness/skiffd.ts';
import { waitUntil } from '../harness/wait-until.ts';

/** Node has no unix datagram socket. Takes nothing before its input ends, then 1200 lines. */
const DATAGRAM_SERVER = `
import socket, sys
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
print(flush=True)
sys.stdin.read()
for _ in range(1200): print(ear.recv(4096).decode())
`;

const skip = requires('root', 'runc', 'conmon', 'overlay');
if (skip) t.pass('logging', { skip });
else {
  const skiffd = await startSkiffd();
  t.teardown(() => skiffd.close());
  const docker = dockerode(skiffd);
  await docker.loadImage(createReadStream(await builtinImage())).then((answer) => text(answer as Readable));

  const create = (Type: string, Config: Record<string, string>, script: string) =>
    docker.createContainer({
      Image: 'busybox',
      name: `log-${Math.random().toString(36).slice(2)}`,
      Labels: { tier: 'web', other: 'x' },
      Env: ['STAGE=test'],
      Cmd: ['sh', '-c', script],
      HostConfig: { NetworkMode: 'none', LogConfig: { Type, Config } },
    });

  t.test('syslog: every line is sent on, and can still be read back', async (t) => {
    const heard: string[] = [];
    const server = createSocket('udp4').on('message', (message) => heard.push(message.toString()));
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const address = `udp://127.0.0.1:${server.address().port}`;
    const config = { 'syslog-address': address, 'syslog-facility': 'local0', tag: '{{.Name | lower}}' };
    const container = await create(
      'syslog',
      config,
      'echo one; sleep 0.1; echo two >&2; sleep 0.1; printf three',
    );
    await container.start();
    await container.wait();
    await waitUntil('three messages', () => heard.length >= 3);
    const { Name } = await container.inspect();
    t.match(heard[0], new RegExp(`^<134>\\w{3} [ \\d]\\d [\\d:]{8} \\S+ ${Name.slice(1)}\\[\\d+\\]: one$`));
    t.match(heard[1], /^<131>.*: two$/, 'stderr is an error');
    t.match(heard[2], /: three$/, 'a last line without a newline is a line');
    const kept = await container.logs({ stdout: true, stderr: true });
    t.match(kept.toString(), /one[\s\S]*two[\s\S]*three/);
  });

  t.test('syslog over a stream: one connection, from before the start until the last line', async (t) => {
    const heard: string[] = [];
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('data', (chunk) => heard.push(chunk.toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const container = await create(
      'syslog',
      { 'syslog-address': `tcp://127.0.0.1:${port}` },
      'echo hi; sleep 0.1; echo ho',
    );
    await container.start();
    await container.wait();
    await waitUntil('two lines', () => /: hi\n[\s\S]*: ho\n/.test(heard.join('')));
    t.equal(connections, 1);
    await waitUntil(
      'the end',
      () => new Promise((resolve) => server.getConnections((_, n) => resolve(n === 0))),
    );
  });

  t.test('details show the labels and variables that were chosen, sorted', async (t) => {
    const container = await create('json-file', { labels: 'tier', env: 'STAGE' }, 'echo a; echo b');
    await container.start();
    await container.wait();
    const logs = await container.logs({ stdout: true, details: true });
    t.match(logs.toString(), /STAGE=test,tier=web a\n[\s\S]*STAGE=test,tier=web b\n$/);
  });

  t.test(
    'syslog in datagrams: a server that takes none keeps nobody waiting, and misses no line',
    async (t) => {
      const path = join(skiffd.dataRoot, 'dgram');
      const server = spawn('python3', ['-c', DATAGRAM_SERVER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
      t.teardown(() => server.kill());
      await once(server.stdout, 'data');
      const container = await create('syslog', { 'syslog-address': `unixgram://${path}` }, 'seq 1200');
      await container.start();
      await container.wait();
      t.equal((await call(skiffd.socket, 'GET', '/_ping')).status, 200);
      server.stdin.end();
      const heard = (await text(server.stdout)).trim().split('\n');
      t.strictSame(
        heard.map((line) => Number(line.split(' ').at(-1))),
        Array.from({ length: 1200 }, (_, n) => n + 1),
      );
    },
  );

  t.test('none keeps nothing, and says so', async (t) => {
    const container = await create('none', {}, 'echo gone');
    await container.start();
    await container.wait();
    t.match(await refusal(container.logs({ stdout: true })), {
      statusCode: 501,
      message: /configured logging driver does not support reading/,
    });
    t.equal((await container.inspect()).LogPath, '');
  });

  t.test('values that mean nothing are refused at the start, and nothing runs', async (t) => {
    const size = { 'max-size': '1m' };
    const nobody = join(skiffd.dataRoot, 'nobody');
    writeFileSync(nobody, '');
    const field = (column: number) =>
      `template: log-tag:1:${column}: executing "log-tag" at <.Nope>: can't evaluate field Nope in type *logger.Info`;
    const rows: [string, Record<string, string>, string][] = [
      ['json-file', { 'max-size': 'abc' }, "invalid size: 'abc'"],
      ['json-file', { 'max-size': '0' }, 'max-size must be a positive number'],
      ['json-file', { 'max-file': '0' }, 'max-file cannot be less than 1'],
      ['local', { 'max-file': 'abc' }, 'strconv.Atoi: parsing "abc": invalid syntax'],
      ['json-file', { ...size, compress: 'maybe' }, 'strconv.ParseBool: parsing "maybe": invalid syntax'],
      [
        'json-file',
        { ...size, compress: 'true' },
        'compress cannot be true when max-file is less than 2 or max-size is not set',
      ],
      ['json-file', { tag: '{{.Nope}}' }, field(2)],
      ['syslog', { tag: 'a/{{ .Nope }}' }, field(5)],
      ['json-file', { tag: '{{.ID' }, 'template: log-tag:1: unclosed action'],
      ['json-file', { tag: '{{nope .ID}}' }, 'template: log-tag:1: function "nope" not defined'],
      [
        'syslog',
        { 'syslog-address': 'tcp://127.0.0.1:1' },
        'dial tcp 127.0.0.1:1: connect: connection refused',
      ],
      ['syslog', { 'syslog-address': 'tcp+tls://[::1]:1' }, 'dial tcp [::1]:1: connect: connection refused'],
      ['syslog', { 'syslog-address': 'udp://log.invalid' }, 'dial udp: lookup log.invalid: no such host'],
      [
        'syslog',
        { 'syslog-address': 'tcp+tls://[::1]:1', 'syslog-tls-ca-cert': '/nope' },
        'could not read CA certificate "/nope": open /nope: no such file or directory',
      ],
      ...['unix', 'unixgram'].map((kind): [string, Record<string, string>, string] => [
        'syslog',
        { 'syslog-address': `${kind}://${nobody}` },
        `dial ${kind} ${nobody}: connect: connection refused`,
      ]),
      ['json-file', { 'labels-regex': '(' }, 'error parsing regexp: `(`'],
    ];
    for (const [driver, config, words] of rows) {
      const container = await create(driver, config, 'true');
      const message = `failed to initialize logging driver: ${words}`;
      t.match(await refusal(container.start()), { statusCode: 400, message });
      const { State } = await container.inspect();
      t.match(State, { Status: 'created', ExitCode: 128, Error: message });
      await container.remove();
    }
  });

  t.test('an option that changes nothing is warned of', async (t) => {
    const HostConfig = {
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2', compress: 'true' } },
    };
    const { status, body } = await call(skiffd.socket, 'POST', '/containers/create', {
      Image: 'busybox',
      HostConfig,
    });
    t.equal(status, 201);
    t.match(JSON.parse(body).Warnings, [/compress/]);
  });

  t.test('what cannot be honoured is refused at creation', async (t) => {
    const rows: [string, Record<string, string>, RegExp][] = [
      ['bogus', {}, /plugin "bogus" not found/],
      ['json-file', { 'max-sise': '1m' }, /unknown log opt 'max-sise' for json-file log driver/],
      ['local', { tag: '{{.ID}}' }, /unknown log opt 'tag' for log driver local/],
      ['json-file', { 'max-buffer-size': '1m' }, /only supported with 'mode=non-blocking'/],
      ['syslog', { 'syslog-address': '127.0.0.1' }, /proto:\/\/address/],
      ['syslog', { 'syslog-address': 'unix:///nope' }, /^.*stat \/nope: no such file or directory/],
      ['syslog', { 'syslog-address': 'udp://h:x' }, /parse "udp:\/\/h:x": invalid port ":x" after host/],
      ['syslog', { 'syslog-address': 'tcp://h:1:2' }, /address h:1:2: too many colons in address/],
      ['syslog', { 'syslog-address': 'tcp://%zz' }, /parse "tcp:\/\/%zz": invalid URL escape "%zz"/],
      ['syslog', { 'syslog-facility': 'nobody' }, /invalid syslog facility/],
      ['syslog', { 'syslog-format': 'json' }, /invalid syslog format/],
    ];
    for (const [driver, config, message] of rows) {
      const refused = await refusal(create(driver, config, 'true'));
      t.equal(refused.statusCode, 400);
      t.match(refused.message, message);
    }
  });
}
