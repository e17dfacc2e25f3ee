// What `skiff create` asks for is what Docker's newest client asks for, flag by flag; and what it refuses is
// refused with the same words and code. No engine is needed: a server writes down what it is asked.

import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { clientEnv } from '../../harness/client.ts';
import { recentDocker } from '../../harness/docker-cli.ts';
import { skiff } from '../../harness/paths.ts';
import { requires } from '../../harness/requires.ts';
import { createFlagCases } from './create-flag-cases.ts';

// Two processes for each of some 130 cases.
t.setTimeout(180_000);
const skip = requires('apt-get', 'dpkg');
t.test('create requests', { skip }, compareAll);

async function compareAll(t: Test): Promise<void> {
  const docker = await recentDocker();
  if (docker.skip) {
    t.pass('create requests', { skip: docker.skip });
    return;
  }
  const folder = t.testdir({
    'vars.env': '# a comment\nA=1\n\n  B=2 3\nFOO\nMISSING\n',
    'profile.json': '{ "defaultAction": "SCMP_ACT_ALLOW" }',
  });
  const recorder = await startRecorder();
  t.teardown(() => recorder.close());
  const ask = async (program: string, args: readonly string[]) => {
    recorder.forget();
    const env = { ...clientEnv(recorder.host), FOO: 'bar' };
    const { exitCode, stderr } = await execa(program, ['create', ...args], {
      cwd: folder,
      env,
      reject: false,
    });
    return { exitCode, request: recorder.last(), complaint: recorder.last() ? '' : reword(stderr) };
  };
  for (const args of createFlagCases) {
    t.strictSame(await ask(skiff, args), await ask(docker.path, args), args.join(' '));
  }
}

/** The two clients call themselves by their names, and the help by two words. */
function reword(stderr: string): string {
  return stderr.replaceAll('docker', 'skiff').replace('See ', 'Run ').split('\n\n')[0] ?? '';
}

async function startRecorder() {
  const socket = join(tmpdir(), `skiff-recorder-${process.pid}.sock`);
  let request: unknown;
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    response.setHeader('API-Version', '1.50').setHeader('Ostype', 'linux');
    if (!incoming.url?.includes('/containers/create')) return response.end('OK');
    request = { query: incoming.url.replace(/^[^?]*/, ''), ...withoutEmpty(JSON.parse(body)) };
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end('{"Id":"abc","Warnings":[]}');
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    host: `unix://${socket}`,
    last: () => request,
    forget() {
      request = undefined;
    },
    close: () => server.close(),
  };
}

/** Empty and absent mean the same to an engine. Docker's client keeps no order among binds, nor among variables. */
function withoutEmpty(value: unknown): object {
  return clean(value) as object;
}

function clean(value: unknown, name = ''): unknown {
  if (Array.isArray(value))
    return name === 'Binds' || name === 'Env' ? value.map(String).sort() : value.map((each) => clean(each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, clean(inner, key)] as const);
  return Object.fromEntries(
    entries.filter(([, inner]) => !isEmpty(inner)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}
