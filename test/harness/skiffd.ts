/** A daemon of a test's own: private roots, socket and instance name, so that any number run side by side. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, removeAll } from './api.ts';
import { recordOperations } from './operations.ts';
import { skiffd } from './paths.ts';
import { tracesOf } from './traces.ts';
import { unmountBelow } from './unmount.ts';
import { waitUntil } from './wait-until.ts';

export interface SkiffdOptions {
  /** False: its requests are not recorded, which takes a daemon that shows its debug log. */
  record?: boolean;
  /** Further flags. */
  args?: string[];
  env?: Record<string, string>;
}

export interface Skiffd {
  readonly instance: string;
  readonly socket: string;
  /** The socket as clients are told it: `unix://…`. */
  readonly host: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly pid: number;
  /** All that every daemon of this test has logged so far. */
  log(): string;
  /** Ends the daemon at once, as a crash does; containers run on. */
  crash(): Promise<void>;
  /** Starts a daemon on the same roots; resolves when it answers, in ms. */
  start(): Promise<number>;
  /** Ends the daemon in order; containers run on. Resolves to its exit code. */
  stop(): Promise<number | null>;
  /** Removes containers, ends the daemon, and takes its files away. */
  close(): Promise<void>;
}

/** Starts a daemon and waits until it answers. Close it in a teardown. */
export async function startSkiffd(options: SkiffdOptions = {}): Promise<Skiffd> {
  const daemon = new TestDaemon(options);
  try {
    await daemon.start();
  } catch (error) {
    const log = daemon.log();
    await daemon.close();
    throw new Error(`skiffd did not start:\n${log}`, { cause: error });
  }
  return daemon;
}

class TestDaemon implements Skiffd {
  readonly instance = `t${randomBytes(3).toString('hex')}`;
  readonly dataRoot = mkdtempSync(join(tmpdir(), 'skiff-test-'));
  readonly execRoot = `/run/skiff-test-${this.instance}`;
  readonly socket = join(this.execRoot, 'skiff.sock');
  readonly host = `unix://${this.socket}`;
  readonly #logFile = join(this.execRoot, 'skiffd.log');
  readonly #options: SkiffdOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(options: SkiffdOptions) {
    this.#options = options;
    mkdirSync(this.execRoot, { mode: 0o711 });
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the daemon is not running');
    return pid;
  }

  log(): string {
    return readFileSync(this.#logFile, { encoding: 'utf8', flag: 'a+' });
  }

  async start(): Promise<number> {
    const started = performance.now();
    // A test that is killed takes its daemon along (PR_SET_PDEATHSIG, prctl(2)).
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', skiffd, ...this.#flags()], {
      env: { ...process.env, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    await waitUntil('skiffd answers', () => {
      if (child.exitCode !== null) throw new Error(`skiffd ended with ${child.exitCode}:\n${this.log()}`);
      return answers(this.socket);
    });
    return performance.now() - started;
  }

  async crash(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<number | null> {
    this.#child?.kill('SIGTERM');
    return await this.#ended;
  }

  async close(): Promise<void> {
    // What a killed daemon left in the kernel, the next one on its roots takes away.
    if (this.#child?.signalCode === 'SIGKILL') await this.start().catch(() => {});
    if (this.#child?.exitCode === null && this.#child.signalCode === null)
      await removeAll(this.socket).catch(() => {});
    await this.stop();
    const log = this.log();
    recordOperations(log);
    await unmountBelow(this.dataRoot, this.execRoot);
    rmSync(this.dataRoot, { recursive: true, force: true });
    rmSync(this.execRoot, { recursive: true, force: true });
    const left = await tracesOf(this.instance);
    if (left.length > 0) throw new Error(`${left.join(', ')} left behind:\n${log.slice(-4000)}`);
  }

  #flags(): string[] {
    return [
      ...['--host', this.host, '--data-root', this.dataRoot, '--exec-root', this.execRoot],
      ...[
        '--pidfile',
        join(this.execRoot, 'skiffd.pid'),
        '--instance',
        this.instance,
        '--bip',
        subnet(this.instance),
      ],
      ...(process.env.SKIFF_TEST_OPERATIONS && this.#options.record !== false
        ? ['--log-level', 'debug']
        : []),
      ...(this.#options.args ?? []),
    ];
  }
}

/** Each instance has a bridge of its own, out of 10.128.0.0/9. */
function subnet(instance: string): string {
  const [second = 0, third = 0] = Buffer.from(instance.slice(1), 'hex');
  return `10.${128 + (second & 127)}.${third}.1/24`;
}
