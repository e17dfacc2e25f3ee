/** Processes of the benchmark, started as cheaply as the kernel can (posix_spawn), so that the floor is one. */
import { closeSync, createReadStream, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Children, pipe } from '../../src/kernel/spawn.ts';
import { findProgram } from '../harness/requires.ts';

export interface Command {
  command: string[];
  env?: Record<string, string>;
}

export class Processes {
  readonly #children = new Children();
  readonly #devNull = openSync('/dev/null', 'r+');

  /** Milliseconds from the start of a program to its end; throws if it fails. Output is thrown away. */
  async time(task: Command, expected = 0): Promise<number> {
    const started = performance.now();
    const code = await this.#start(task).exited;
    const took = performance.now() - started;
    if (code !== expected)
      throw new Error(`${task.command.join(' ')} ended with ${code}:\n${await this.#saying(task)}`);
    return took;
  }

  /** What it writes, once it has ended. */
  async output(task: Command): Promise<string> {
    const { read, write } = pipe();
    const child = this.#start(task, write);
    closeSync(write);
    const said = await text(createReadStream('', { fd: read }));
    const code = await child.exited;
    if (code !== 0) throw new Error(`${task.command.join(' ')} ended with ${code}:\n${said}`);
    return said;
  }

  /** How many bytes it writes. */
  async count(task: Command): Promise<number> {
    const { read, write } = pipe();
    const child = this.#start(task, write, this.#devNull);
    closeSync(write);
    let size = 0;
    for await (const chunk of createReadStream('', { fd: read, highWaterMark: 1 << 16 }))
      size += chunk.length;
    await child.exited;
    return size;
  }

  background(task: Command, log: string) {
    const fd = openSync(log, 'a');
    try {
      return this.#start(task, fd);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    this.#children.close();
    closeSync(this.#devNull);
  }

  #start({ command, env = {} }: Command, stdout = this.#devNull, stderr = stdout) {
    const [program = ''] = command;
    const path = program.startsWith('/') ? program : findProgram(program);
    if (!path) throw new Error(`no ${program} on this machine`);
    return this.#children.spawn({
      path,
      argv: command,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/root', ...env },
      fds: [this.#devNull, stdout, stderr],
    });
  }

  /** A failed program is run again to hear why. */
  async #saying(task: Command): Promise<string> {
    return await this.output(task).catch((error: Error) => error.message);
  }
}
