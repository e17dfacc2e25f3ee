/** `runc update`: new limits for a running container; runc knows how each kernel wants to be told. */
import { conflict, internal } from '../../core/errors.ts';
import { step } from '../../core/step.ts';
import type { OciResources } from '../oci.ts';
import { type RuncAt, updateArgv } from './argv.ts';
import { lastError } from './error.ts';

/** Throws `internal` with the words of the kernel or of runc; `conflict` when the container has ended. */
export async function updateResources(runc: RuncAt, id: string, resources: OciResources): Promise<void> {
  const [program = '', ...args] = updateArgv(runc, id);
  await step('runtime.runc.update', { id, argv: [program, ...args].join(' ') }, async () => {
    const { execa } = await import('execa');
    const { failed, stderr } = await execa(program, args, {
      input: JSON.stringify(resources),
      reject: false,
    });
    if (!failed) return;
    const words = lastError(runc.log) ?? (stderr.trim() || `${program} update failed`);
    throw /^container (not running|does not exist)/.test(words) ? conflict(words) : internal(words);
  });
}
