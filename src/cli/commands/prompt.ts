// Questions to a person at a terminal.

import { ExitError } from '../exit.ts';
import type { World } from '../world.ts';

/** The terminal itself shows and edits the line. */
export async function askText(question: string, world: World): Promise<string> {
  world.stdout.write(question);
  return new Promise((resolve) => {
    let text = '';
    const onData = (chunk: Buffer | string) => {
      text += chunk;
      if (text.includes('\n')) settle();
    };
    const settle = () => {
      world.stdin.off('data', onData).off('end', settle).pause();
      resolve(text.split('\n')[0]?.trim() ?? '');
    };
    world.stdin.on('data', onData).once('end', settle).resume();
  });
}

/** What is typed is not shown. */
export async function askPassword(question: string, world: World): Promise<string> {
  const { stdin, stdout } = world;
  stdout.write(question);
  stdin.setRawMode?.(true);
  try {
    return await readHidden(world);
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stdout.write('\n');
  }
}

function readHidden({ stdin }: World): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: Buffer | string) => {
      for (const sign of String(chunk)) {
        if (sign === '\r' || sign === '\n' || sign === '\x04') return settle(() => resolve(text));
        if (sign === '\x03') return settle(() => reject(new ExitError('', 130)));
        text = sign === '\x7f' || sign === '\b' ? text.slice(0, -1) : text + sign;
      }
    };
    const settle = (then: () => void) => {
      stdin.off('data', onData);
      then();
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}
