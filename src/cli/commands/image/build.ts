// `skiff build`: sends the context and shows what the engine does with it.

import { writeFileSync } from 'node:fs';
import { bool, bytes, each, int, list, string, strings, type Values } from '../../args/flag.ts';
import { openContext } from '../../build/context.ts';
import { type Call, defineCommand } from '../../command.ts';
import { splitPair } from '../../create/files.ts';
import { parseUlimit } from '../../create/limits.ts';
import { ExitError } from '../../exit.ts';
import { showProgress } from '../../output/progress.ts';
import { findCredentials } from '../../registry/credentials.ts';
import type { Output } from '../../world.ts';

const buildFlags = {
  'add-host': list('Add a custom host-to-IP mapping ("host:ip")'),
  'build-arg': list('Set build-time variables'),
  'cache-from': strings('Images to consider as cache sources'),
  'cgroup-parent': string('Set the parent cgroup for the "RUN" instructions during build'),
  compress: bool('Compress the build context using gzip', { hidden: true }),
  'cpu-period': int('Limit the CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit the CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-shares': int('CPU shares (relative weight)', { short: 'c' }),
  'cpuset-cpus': string('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': string('MEMs in which to allow execution (0-3, 0,1)'),
  'disable-content-trust': bool('Skip image verification', { initial: true, hidden: true }),
  file: string('Name of the Dockerfile (Default is "PATH/Dockerfile")', { short: 'f' }),
  'force-rm': bool('Always remove intermediate containers'),
  iidfile: string('Write the image ID to the file'),
  isolation: string('Container isolation technology', { hidden: true }),
  label: list('Set metadata for an image'),
  memory: bytes('Memory limit', { short: 'm' }),
  'memory-swap': bytes('Swap limit equal to memory plus swap: -1 to enable unlimited swap', {
    unlimited: true,
  }),
  network: string('Set the networking mode for the RUN instructions during build', { initial: 'default' }),
  'no-cache': bool('Do not use cache when building the image'),
  platform: string('Set platform if server is multi-platform capable'),
  progress: string('Ignored: output is always plain', { hidden: true }),
  pull: bool('Always attempt to pull a newer version of the image'),
  quiet: bool('Suppress the build output and print image ID on success', { short: 'q' }),
  rm: bool('Remove intermediate containers after a successful build', { initial: true }),
  'security-opt': strings('Security options'),
  'shm-size': bytes('Size of "/dev/shm"'),
  squash: bool('Squash newly built layers into a single new layer', { hidden: true }),
  tag: list('Name and optionally a tag in the "name:tag" format', { short: 't' }),
  target: string('Set the target build stage to build.'),
  ulimit: each('ulimit', 'Ulimit options', parseUlimit),
};

export const command = defineCommand({
  name: 'image build',
  usage: '[OPTIONS] PATH | URL | -',
  description: 'Build an image from a Dockerfile',
  args: [1, 1],
  flags: buildFlags,
  async run(call) {
    const { args, flags, engine, world } = call;
    const context = await openContext(args[0] ?? '', flags.file, world);
    const query = { ...buildQuery(flags, world.env), remote: context.remote, dockerfile: context.dockerfile };
    const headers = { 'Content-Type': 'application/x-tar', 'X-Registry-Config': await registryConfig(call) };
    const reply = await engine.send('POST', '/build', { query, headers, body: context.body });
    const output = flags.quiet ? collector() : undefined;
    let id = '';
    try {
      await showProgress(reply.body, output?.out ?? world.stdout, (aux) => {
        id = (aux as { ID?: string }).ID ?? id;
      });
    } catch (error) {
      if (output) world.stderr.write(output.text());
      throw error instanceof Error
        ? new ExitError(error.message, exitCodeOf(error.message), { cause: error })
        : error;
    }
    id ||= output?.text().trim() ?? '';
    if (flags.quiet) world.stdout.write(`${id}\n`);
    if (flags.iidfile) {
      if (!id) throw new ExitError('the engine did not say the ID of the image that it built');
      writeFileSync(flags.iidfile, id);
    }
  },
});

type BuildValues = Values<typeof buildFlags>;
type Env = Readonly<Record<string, string | undefined>>;

function buildQuery(flags: BuildValues, env: Env): Record<string, unknown> {
  return {
    t: [...flags.tag],
    q: flags.quiet,
    nocache: flags['no-cache'],
    rm: flags.rm ? '1' : '0',
    forcerm: flags['force-rm'],
    pull: flags.pull,
    target: flags.target,
    platform: flags.platform,
    networkmode: flags.network,
    squash: flags.squash,
    extrahosts: flags['add-host'].length > 0 ? flags['add-host'].join(',') : undefined,
    buildargs: buildArguments(flags['build-arg'], env),
    labels: flags.label.length > 0 ? Object.fromEntries(flags.label.map(splitPair)) : undefined,
    cachefrom: flags['cache-from'].length > 0 ? JSON.stringify(flags['cache-from']) : undefined,
    ulimits: flags.ulimit.length > 0 ? JSON.stringify(flags.ulimit) : undefined,
    securityopt: flags['security-opt'].length > 0 ? JSON.stringify(flags['security-opt']) : undefined,
    cgroupparent: flags['cgroup-parent'],
    cpuperiod: flags['cpu-period'] || undefined,
    cpuquota: flags['cpu-quota'] || undefined,
    cpushares: flags['cpu-shares'] || undefined,
    cpusetcpus: flags['cpuset-cpus'],
    cpusetmems: flags['cpuset-mems'],
    memory: flags.memory || undefined,
    memswap: flags['memory-swap'] || undefined,
    shmsize: flags['shm-size'] || undefined,
  };
}

/** A bare name takes its value from the environment; null tells the engine to leave the default. */
function buildArguments(given: readonly string[], env: Env): Record<string, string | null> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => (text.includes('=') ? splitPair(text) : [text, env[text] ?? null])),
  );
}

/** The credentials for every registry that a FROM may name. */
async function registryConfig({ config }: Call<typeof buildFlags>): Promise<string> {
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

function collector(): { out: Output; text: () => string } {
  const chunks: string[] = [];
  const out = { isTTY: false, write: (chunk: string) => chunks.push(String(chunk)) > 0 };
  return { out: out as unknown as Output, text: () => chunks.join('') };
}

/** A RUN that failed ends the build with its own exit code. */
function exitCodeOf(message: string): number {
  return Number(/returned a non-zero code: (\d+)/.exec(message)?.[1] ?? 1);
}
