/** The first process: arguments, environment, user, limits. */
import type { ContainerConfig, HostConfig } from '../../../api/container.ts';
import type { OciProcess } from '../../../runtime/oci.ts';
import type { EngineSettings } from '../../engine.ts';
import type { Container } from '../container.ts';
import { capabilities, hasNoNewPrivileges } from './security.ts';
import { rlimits } from './ulimits.ts';
import { findUser } from './user.ts';

export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Where `--init` finds its program inside the container. */
export const INIT_PATH = '/sbin/docker-init';

/** `linked`: variables that tell of the containers that it is linked to. */
export function ociProcess(
  container: Container,
  rootfs: string,
  settings: EngineSettings,
  linked: string[],
): OciProcess {
  const { config, hostConfig } = container;
  const user = findUser(rootfs, config.User ?? '', hostConfig.GroupAdd ?? []);
  return {
    terminal: config.Tty === true,
    consoleSize: consoleSize(config, hostConfig),
    user,
    args: [...(hasInit(hostConfig) ? [INIT_PATH, '--'] : []), ...commandLine(config)],
    env: environment(container, linked),
    cwd: config.WorkingDir || '/',
    capabilities: capabilities(hostConfig, user.uid),
    noNewPrivileges: hasNoNewPrivileges(hostConfig, settings.noNewPrivileges),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
    rlimits: rlimits(hostConfig, settings.defaultUlimits),
  };
}

/** An init can reap only where it is process 1: not among the processes of the host or of another container. */
export function hasInit({ Init, PidMode }: HostConfig): boolean {
  return Init === true && !PidMode;
}

export function commandLine({ Entrypoint, Cmd }: ContainerConfig): string[] {
  return [...asList(Entrypoint), ...asList(Cmd)];
}

/** The API lets a command be one string, or a list of them. */
export function asList(value: string | string[] | null | undefined): string[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function consoleSize({ Tty }: ContainerConfig, { ConsoleSize }: HostConfig): OciProcess['consoleSize'] {
  const [height = 0, width = 0] = ConsoleSize ?? [];
  return Tty && height > 0 && width > 0 ? { height, width } : undefined;
}

/** Docker's order: PATH, HOSTNAME, TERM, then what image and person say; a later assignment replaces an earlier one. */
function environment({ config }: Container, linked: string[]): string[] {
  const own = [DEFAULT_PATH, `HOSTNAME=${config.Hostname ?? ''}`, ...(config.Tty ? ['TERM=xterm'] : [])];
  return replaceOrAppend([...own, ...linked], config.Env ?? []);
}

/** `NAME` without `=` takes the variable away. */
export function replaceOrAppend(base: string[], overrides: string[]): string[] {
  const variables = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of overrides) {
    if (entry.includes('=')) variables.set(nameOf(entry), entry);
    else variables.delete(entry);
  }
  return [...variables.values()];
}

const nameOf = (entry: string) => entry.slice(0, entry.indexOf('='));
