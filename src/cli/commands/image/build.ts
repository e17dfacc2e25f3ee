// `skiff build`: sends the context, hands out what steps ask for, shows what the engine does, takes the result.

import { rmSync, writeFileSync } from 'node:fs';
import { openContext } from '../../build/context.ts';
import { buildFlags, buildQuery } from '../../build/flags.ts';
import { type BuildOutput, checkOutputs, parseOutput } from '../../build/output.ts';
import { checkProgress, openDisplay } from '../../build/progress.ts';
import { parseSecret, type Secret } from '../../build/secret.ts';
import type { Session } from '../../build/session.ts';
import type { Agent } from '../../build/ssh.ts';
import { type Call, defineCommand } from '../../command.ts';
import type { Reply } from '../../connection/engine.ts';
import { ExitError } from '../../exit.ts';
import { StreamError } from '../../output/progress.ts';
import { findCredentials } from '../../registry/credentials.ts';

type BuildCall = Call<typeof buildFlags>;

export const command = defineCommand({
  name: 'image build',
  usage: '[OPTIONS] PATH | URL | -',
  description: 'Build an image from a Dockerfile',
  args: [1, 1],
  flags: buildFlags,
  async run(call) {
    const { flags, world } = call;
    // A build that fails must not leave the ID of the one before.
    if (flags.iidfile) rmSync(flags.iidfile, { force: true });
    const secrets = flags.secret.map((text) => parseSecret(text, world.env));
    const outputs = flags.output.map(parseOutput);
    checkOutputs(outputs, world);
    checkProgress(flags.progress);
    const agents: Agent[] = [];
    let stop = () => {};
    const interrupted = new Promise<never>((_, reject) => {
      stop = world.onSignals(['SIGINT', 'SIGTERM'], (name) => {
        reject(new ExitError('ERROR: failed to build: context canceled', name === 'SIGINT' ? 130 : 143));
      });
    });
    try {
      await Promise.race([interrupted, buildWith(call, { secrets, outputs, agents })]);
    } finally {
      stop();
      for (const agent of agents) agent.close();
    }
  },
});

interface Wanted {
  secrets: readonly Secret[];
  outputs: readonly BuildOutput[];
  /** Those that are opened; the caller closes them. */
  agents: Agent[];
}

async function buildWith(call: BuildCall, wanted: Wanted): Promise<void> {
  const session = await openSession(call, wanted);
  try {
    const reply = await sendBuild(call, wanted.outputs, session);
    await showBuild(call, wanted.outputs, reply);
  } finally {
    session?.close();
  }
}

/** Undefined if nothing will be asked for: HTTP/2 takes time to load. */
async function openSession(
  { flags, engine, world }: BuildCall,
  { secrets, outputs, agents }: Wanted,
): Promise<Session | undefined> {
  const hasArchives = outputs.some(({ type }) => type !== 'image');
  if (secrets.length === 0 && flags.ssh.length === 0 && !hasArchives) return undefined;
  if (flags.ssh.length > 0) {
    const { openAgent } = await import('../../build/ssh.ts');
    for (const text of flags.ssh) agents.push(await openAgent(text, world.env));
  }
  const { openSession } = await import('../../build/session.ts');
  return openSession(engine, { secrets, agents, outputs }, world);
}

async function sendBuild(
  call: BuildCall,
  outputs: readonly BuildOutput[],
  session: Session | undefined,
): Promise<Reply> {
  const { args, flags, engine, world } = call;
  const context = await openContext(args[0] ?? '', flags.file, world);
  const query = {
    ...buildQuery(flags, world.env),
    t: [...flags.tag, ...outputs.flatMap(({ names }) => names)],
    remote: context.remote,
    dockerfile: context.dockerfile,
    outputs: outputs.length > 0 ? JSON.stringify(outputs.map(({ type }) => ({ Type: type }))) : undefined,
    session: session?.id,
  };
  const headers = { 'Content-Type': 'application/x-tar', 'X-Registry-Config': await registryConfig(call) };
  const body = flags.compress ? context.body && (await compressed(context.body)) : context.body;
  return engine.send('POST', '/build', { query, headers, body });
}

/** zlib is loaded only for this. */
async function compressed(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const [{ createGzip }, { pipeline }] = await Promise.all([import('node:zlib'), import('node:stream')]);
  // What fails in the body fails where the archive is read.
  return pipeline(body, createGzip(), () => {});
}

async function showBuild(
  { flags, world }: BuildCall,
  outputs: readonly BuildOutput[],
  reply: Reply,
): Promise<void> {
  // What goes to stdout is then the result, and nothing else.
  const isTaken = outputs.some(({ destination }) => destination === '-');
  const quiet = flags.quiet || flags.progress === 'quiet';
  const display = openDisplay(quiet ? 'quiet' : flags.progress, isTaken ? world.stderr : world.stdout);
  let id = '';
  try {
    await display.show(reply.body, (aux) => {
      id = (aux as { ID?: string }).ID ?? id;
    });
  } catch (error) {
    world.stderr.write(display.text());
    // A RUN that failed ends the build with its own exit code.
    throw error instanceof StreamError
      ? new ExitError(error.message, error.code ?? 1, { cause: error })
      : error;
  }
  id ||= display.text().trim();
  const isImage = outputs.length === 0 || outputs.some(({ type }) => type !== 'local' && type !== 'tar');
  if (quiet && isImage) world.stdout.write(`${id}\n`);
  if (!flags.iidfile) return;
  if (!id || !isImage) throw new ExitError('there is no image, so it has no ID for --iidfile');
  writeFileSync(flags.iidfile, id);
}

/** The credentials for every registry that a FROM may name. */
async function registryConfig({ config }: BuildCall): Promise<string> {
  const servers = new Set([
    ...Object.keys(config.file.auths ?? {}),
    ...Object.keys(config.file.credHelpers ?? {}),
  ]);
  const found = await Promise.all([...servers].map((server) => findCredentials(config.file, server)));
  const known = found.filter((each) => each !== undefined);
  return Buffer.from(
    JSON.stringify(Object.fromEntries(known.map((each) => [each.serveraddress, each]))),
  ).toString('base64url');
}
