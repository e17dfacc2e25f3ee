/** `runc exec --tty`: node-pty gives runc a terminal, which passes bytes and sizes on to the one in the container. */
import { spawn } from 'node-pty';
import { Session, type StdinSink } from '../attach/session.ts';
import type { Manager } from '../manager.ts';
import type { ExecRequest } from '../task.ts';
import { withoutEarlyReturns } from './early-returns.ts';
import type { ExecRunner } from './exec.ts';
import { HeldOutput } from './held-output.ts';

const DEFAULT_SIZE = { height: 24, width: 80 };

export function runWithTerminal(manager: Manager, argv: string[], request: ExecRequest): ExecRunner {
  const { height, width } = request.process.consoleSize ?? DEFAULT_SIZE;
  const [program = '', ...args] = argv;
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  const pty = spawn(program, args, { cols: width || 80, rows: height || 24, env, encoding: null });
  const { promise: exited, resolve } = Promise.withResolvers<number>();
  const stdin: StdinSink = {
    write: async (chunk) => pty.write(Buffer.from(chunk)),
    end: () => {},
  };
  const session =
    request.client &&
    new Session({
      request: { ...request, client: request.client },
      terminal: true,
      limits: manager.feedLimits,
      stdin: request.stdin ? stdin : undefined,
      endsStdin: false,
    });
  const output = session && new HeldOutput(session);
  const settled = withoutEarlyReturns();
  pty.onData((chunk) => output?.say('stdout', settled(chunk as unknown as Uint8Array)));
  pty.onExit(({ exitCode, signal }) => {
    resolve(signal ? 128 + signal : exitCode);
    void output?.released.then(() => session?.finish());
  });
  return {
    exited,
    attachment: session,
    begin: () => output?.release(),
    resize: (rows, columns) => pty.resize(columns, rows),
  };
}
