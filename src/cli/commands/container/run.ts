// `skiff run`: create a container, start it, and stay with it until it ends (or not, with -d).

import { bool, string } from '../../args/flag.ts';
import { any, type Call, defineCommand } from '../../command.ts';
import { createContainer } from '../../create/create-container.ts';
import { createFlags } from '../../create/flags.ts';
import { createRequest } from '../../create/request.ts';
import { attachmentOf } from '../../create/streams.ts';
import { startExitCode, usageHint, withUsageHint } from '../../create/usage-hint.ts';
import { ExitError } from '../../exit.ts';
import { detachKeysOf } from '../../stream/detach.ts';
import { runAttached } from '../../stream/foreground.ts';

const flags = {
  ...createFlags,
  detach: bool('Run container in background and print container ID', { short: 'd' }),
  'detach-keys': string('Override the key sequence for detaching a container'),
  'sig-proxy': bool('Proxy received signals to the process', { initial: true }),
};

export const command = defineCommand({
  name: 'container run',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description: 'Create and run a new container from an image',
  args: [1, any],
  interspersed: false,
  flags,
  async run(call) {
    const { engine, typed, world } = call;
    if (!call.flags.detach) return runInFront(call);
    const id = await create(call);
    try {
      await withStartCodes(typed, () => engine.json('POST', `/containers/${id}/start`));
    } finally {
      // Also of a container that did not start: it is there to be looked at and removed.
      world.stdout.write(`${id}\n`);
    }
    return 0;
  },
});

type RunCall = Call<typeof flags>;

async function create(call: RunCall): Promise<string> {
  const { args, flags, changed, typed, engine, config, world } = call;
  const [image = '', ...words] = args;
  if (flags.detach && flags.attach.length > 0) {
    throw new ExitError('conflicting options: cannot specify both --attach and --detach');
  }
  return withUsageHint(typed, async () => {
    const request = createRequest({
      flags,
      changed,
      image,
      command: words,
      env: world.env,
      terminal: world.stdout,
    });
    if (flags.detach) {
      Object.assign(request, {
        AttachStdin: false,
        AttachStdout: false,
        AttachStderr: false,
        StdinOnce: false,
      });
    }
    return createContainer({ request, flags, engine, config }, world);
  });
}

async function runInFront(call: RunCall): Promise<number> {
  const { flags, typed, engine, config, world } = call;
  const attachment = attachmentOf(flags);
  if (attachment.stdin && flags.tty && !world.stdin.isTTY)
    throw new ExitError('the input device is not a TTY');
  const detachKeys = detachKeysOf(flags['detach-keys'], config);
  const id = await create(call);
  if (!attachment.stdin && !attachment.stdout && !attachment.stderr) world.stdout.write(`${id}\n`);
  const end = await withStartCodes(typed, () =>
    runAttached(
      {
        engine,
        id,
        tty: flags.tty,
        attachment,
        detachKeys,
        sigProxy: flags['sig-proxy'],
        condition: flags.rm ? 'removed' : 'next-exit',
      },
      world,
    ),
  );
  return end.kind === 'detached' ? 0 : end.code;
}

async function withStartCodes<T>(typed: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw usageHint(typed, error, startExitCode(error));
  }
}
