/** tcp:// with certificates on both sides: who has none is refused, and a hijacked stream half-closes there too. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { type FastifyInstance, fastify } from 'fastify';
import t, { type Test } from 'tap';
import { parseCommandLine } from '../../../src/daemon/config/command-line.ts';
import { settle } from '../../../src/daemon/config/config.ts';
import { hijack } from '../../../src/daemon/plugins/hijack.ts';
import { path } from '../../../src/daemon/plugins/path.ts';
import { listen } from '../../../src/daemon/server/listen.ts';
import { findProgram } from '../../harness/requires.ts';

const openssl = findProgram('openssl');

/** An authority, and a certificate for 127.0.0.1 that serves both sides. */
function makeCertificates(directory: string): (name: string) => string {
  const at = (name: string) => join(directory, name);
  const run = (...args: string[]) => execFileSync(openssl ?? '', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=ca', '-days', '2');
  run(
    'req',
    ...key,
    '-keyout',
    at('key.pem'),
    '-out',
    at('csr.pem'),
    '-subj',
    '/CN=x',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  );
  run(
    'x509',
    '-req',
    '-in',
    at('csr.pem'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-out',
    at('cert.pem'),
    '-days',
    '2',
    '-copy_extensions',
    'copy',
  );
  return at;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function serve(t: Test) {
  const at = makeCertificates(t.testdir());
  const app: FastifyInstance = fastify();
  path(app);
  app.post('/attach', (request, reply) => {
    const { stream } = hijack(request, reply, 'text/plain');
    stream.on('data', (chunk) => stream.write(chunk));
    stream.on('end', () => stream.end('bye\n'));
  });
  const port = await freePort();
  const flags = [
    '--tlsverify',
    '--tlscacert',
    at('ca.pem'),
    '--tlscert',
    at('cert.pem'),
    '--tlskey',
    at('key.pem'),
  ];
  const { settings } = parseCommandLine(['-H', `tcp://127.0.0.1:${port}`, ...flags]);
  const listener = await listen(app, settle(settings), {});
  t.teardown(async () => {
    await listener.close(0);
    await app.close();
  });
  return {
    port,
    ca: readFileSync(at('ca.pem')),
    cert: readFileSync(at('cert.pem')),
    key: readFileSync(at('key.pem')),
  };
}

t.test('attach over TLS', { skip: !openssl && 'openssl not found' }, async (t) => {
  const { port, ...credentials } = await serve(t);
  const socket = connect({
    port,
    host: '127.0.0.1',
    allowHalfOpen: true,
    ...credentials,
  } as ConnectionOptions);
  await once(socket, 'secureConnect');
  socket.end('POST /attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello\n');
  let heard = '';
  for await (const chunk of socket) heard += chunk;
  t.match(
    heard,
    /^HTTP\/1\.1 101 UPGRADED\r\n[\s\S]*\r\n\r\nhello\nbye\n$/,
    'the end of our half was no end of theirs',
  );
});

t.test('without a certificate', { skip: !openssl && 'openssl not found' }, async (t) => {
  const { port, ca } = await serve(t);
  const socket = connect({ port, host: '127.0.0.1', ca });
  socket.on('secureConnect', () => socket.write('GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n'));
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  t.match(error.code ?? '', /CERTIFICATE_REQUIRED|ECONNRESET/);
  t.equal(heard, '');
});
