/** The language of a scenario: what a client says to an engine, and which part of the answers may differ, and why. */
export type Step = ApiStep | DockerStep;

interface Common {
  /** Paths into the answer that may differ (`State.Pid`, `[].Labels`, `*` for any key; `status`), each with its reason. */
  mayDiffer?: Record<string, string>;
}

export interface ApiStep extends Common {
  kind: 'api';
  method: string;
  /** Below `/v1.41`, the newest version that the compared dockerd speaks. */
  path: string;
  body?: unknown;
  /** Bytes put as they are, a tar archive for example. */
  raw?: Uint8Array;
}

export interface DockerStep extends Common {
  kind: 'docker';
  args: string[];
  input?: string;
}

export const api = (method: string, path: string, body?: unknown, more: Common = {}): ApiStep => ({
  kind: 'api',
  method,
  path,
  body,
  ...more,
});

export const docker = (...args: string[]): DockerStep => ({ kind: 'docker', args });

export interface Scenario {
  name: string;
  steps: Step[];
}

export function title(step: Step): string {
  return step.kind === 'docker' ? `docker ${step.args.join(' ')}` : `${step.method} ${step.path}`;
}
