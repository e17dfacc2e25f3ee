// `--restart`.

import type { RestartPolicy } from '../../api/host-config.ts';

/** `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`. */
export function restartPolicy(text: string): RestartPolicy {
  const [Name = '', count] = text.split(/:(.*)/s);
  if (count !== undefined && !/^[+-]?\d+$/.test(count)) {
    throw new Error('invalid restart policy format: maximum retry count must be an integer');
  }
  return { Name, MaximumRetryCount: Number(count ?? 0) };
}
