/** Clients of a daemon under test: dockerode for the API, and any command line with captured output. */
import Docker from 'dockerode';
import { execa, type Options } from 'execa';
import type { Skiffd } from './skiffd.ts';

export function dockerode({ socket }: Pick<Skiffd, 'socket'>): Docker {
  return new Docker({ socketPath: socket });
}

/** How the API refuses: status and message. Fails if it does not. */
export async function refusal(request: Promise<unknown>): Promise<{ statusCode: number; message: string }> {
  try {
    await request;
  } catch (error) {
    const { statusCode, json } = error as { statusCode?: number; json?: { message?: string } };
    if (statusCode === undefined) throw error;
    return { statusCode, message: json?.message ?? '' };
  }
  throw new Error('the request was not refused');
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export type Run = (...args: string[]) => Promise<Ended>;

export interface CliOptions {
  input?: string | Uint8Array;
  env?: Record<string, string>;
  timeout?: number;
}

/** Runs a docker-like client against the daemon: `docker('ps', '-a')`. Never throws for an exit code. */
export function cli(path: string, { host }: Pick<Skiffd, 'host'>, options: CliOptions = {}): Run {
  return async (...args) => {
    const { exitCode, stdout, stderr, timedOut } = await execa(path, args, clientOptions(host, options));
    if (timedOut) throw new Error(`no end in time: ${path} ${args.join(' ')}\n${stdout}\n${stderr}`);
    return { code: exitCode ?? -1, stdout: String(stdout), stderr: String(stderr) };
  };
}

/** The environment that points a client at the daemon, free of the machine's own client configuration. */
export function clientEnv(host: string): Record<string, string> {
  return {
    ...{ DOCKER_HOST: host, SKIFF_HOST: host, DOCKER_CONFIG: '/nonexistent', DOCKER_CLI_HINTS: 'false' },
    // Which of its two forms `scripts/skiff` runs in is said for the whole run of a test.
    SKIFF_NODE: process.env.SKIFF_NODE ?? '',
  };
}

function clientOptions(host: string, { input, env, timeout = 30_000 }: CliOptions) {
  return {
    reject: false,
    stripFinalNewline: false,
    timeout,
    env: { ...clientEnv(host), ...env },
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  } satisfies Options;
}
