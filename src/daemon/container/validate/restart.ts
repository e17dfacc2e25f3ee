/** `--restart`, and its conflict with `--rm`. */
import type { HostConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';

const POLICIES = ['no', 'always', 'on-failure', 'unless-stopped'];

export function validateRestart({ RestartPolicy, AutoRemove }: HostConfig): void {
  const name = RestartPolicy?.Name || 'no';
  const count = RestartPolicy?.MaximumRetryCount ?? 0;
  if (!POLICIES.includes(name)) {
    throw invalidArgument(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (count !== 0 && name !== 'on-failure') {
    throw invalidArgument(`invalid restart policy: maximum retry count can only be used with 'on-failure'`);
  }
  if (count < 0) throw invalidArgument('invalid restart policy: maximum retry count cannot be negative');
  if (AutoRemove && name !== 'no')
    throw invalidArgument("can't create 'AutoRemove' container with restart policy");
}
