/** A stage as far as it has come: what its image would be if it ended here, and what the next step can see. */
import type { ImageConfig, ImageRunConfig } from '../../oci.ts';
import type { ArgScope } from '../stages/args.ts';

export type History = NonNullable<ImageConfig['history']>;

export interface StageState {
  config: ImageRunConfig;
  author?: string;
  args: ArgScope;
  /** A CMD of this stage stands: an ENTRYPOINT behind it does not take it away. */
  commandSet: boolean;
}

export const DEFAULT_SHELL = ['/bin/sh', '-c'];
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** At FROM: the base's config without its triggers, with a PATH if it has none. */
export function enterStage(config: ImageRunConfig, args: ArgScope, author?: string): StageState {
  const { OnBuild: _, ...inherited } = config;
  const env = inherited.Env ?? [];
  const Env = env.some((pair) => pair.startsWith('PATH=')) ? env : [...env, DEFAULT_PATH];
  return { config: { ...inherited, Env }, author, args, commandSet: false };
}

export function environmentOf({ config }: StageState): string[] {
  return config.Env ?? [];
}

export function shellOf({ config }: StageState): string[] {
  return config.Shell?.length ? config.Shell : DEFAULT_SHELL;
}

/** Sets a variable where it stands, or puts it at the end. */
export function setVariable(env: readonly string[], name: string, value: string): string[] {
  const pair = `${name}=${value}`;
  const at = env.findIndex((old) => old.startsWith(`${name}=`));
  return at < 0 ? [...env, pair] : env.with(at, pair);
}
