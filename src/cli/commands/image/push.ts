// `skiff push`: an image to its registry.

import { bool, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { ExitError } from '../../exit.ts';
import { showProgress } from '../../output/progress.ts';
import { registryAuth } from '../../registry/credentials.ts';
import { parseReference } from '../../registry/reference.ts';
import type { Output } from '../../world.ts';
import { platformQuery } from './platform.ts';

export const command = defineCommand({
  name: 'image push',
  usage: '[OPTIONS] NAME[:TAG]',
  description: 'Upload an image to a registry',
  args: [1, 1],
  flags: {
    'all-tags': bool('Push all tags of an image to the repository', { short: 'a' }),
    'disable-content-trust': bool('Skip image signing', { initial: true, hidden: true }),
    platform: string('Push a platform-specific manifest as a single-platform image ("os[/arch[/variant]]")'),
    quiet: bool('Suppress verbose output', { short: 'q' }),
  },
  async run({ args: [image = ''], flags, engine, config, world }) {
    const { domain, path, familiar, tag } = parseReference(image);
    const all = flags['all-tags'];
    if (all && tag) throw new ExitError("tag can't be used with --all-tags/-a");
    if (!all && !tag && !flags.quiet) world.stdout.write('Using default tag: latest\n');
    const reply = await engine.send('POST', `/images/${inPath(familiar)}/push`, {
      query: {
        tag: all ? undefined : (tag ?? 'latest'),
        platform: flags.platform && platformQuery(flags.platform),
      },
      headers: { 'X-Registry-Auth': await registryAuth(config, domain) },
    });
    const silent = { write: () => true, isTTY: false } as unknown as Output;
    const out = flags.quiet ? silent : world.stdout;
    const notes: string[] = [];
    await showProgress(reply.body, out, (aux) => notes.push(...noteOf(aux)));
    for (const note of notes) out.write(`\n Info → ${note}\n`);
    if (flags.quiet) world.stdout.write(`${domain}/${path}${all ? '' : `:${tag ?? 'latest'}`}\n`);
  },
});

/** The engine had less than the index lists, and pushed one of its images alone. */
function noteOf(aux: unknown): string[] {
  const { manifestPushedInsteadOfIndex, originalIndex, selectedManifest } = aux as {
    manifestPushedInsteadOfIndex?: boolean;
    originalIndex?: { digest?: string };
    selectedManifest?: { digest?: string };
  };
  if (!manifestPushedInsteadOfIndex) return [];
  const what =
    'Not all multiplatform-content is present and only the available single-platform image was pushed';
  return [`${what}\n        ${originalIndex?.digest} -> ${selectedManifest?.digest}`];
}
