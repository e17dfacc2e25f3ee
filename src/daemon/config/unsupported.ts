/** Settings that skiff has nothing for: refused where somebody would rely on them, else taken and told of in the log. */
import { invalidArgument } from '../../core/errors.ts';
import { FOREIGN_OPTIONS } from './foreign-options.ts';
import { nameOf, type Settings } from './options.ts';

export function refuseUnsupported(settings: Settings): void {
  const driver = settings.get('storage-driver');
  if (driver && driver !== 'overlay2' && driver !== 'overlay')
    throw invalidArgument(`storage driver ${driver} is not supported: overlay2 is`);
  if (settings.get('live-restore') === false)
    throw invalidArgument('live-restore cannot be turned off: containers outlive the daemon');
}

/** What was set and changes nothing, in words. */
export function unusedSettings(settings: Settings): string[] {
  const execOptions = (settings.get('exec-opts') as string[] | undefined) ?? [];
  return [...unusedExecOptions(execOptions), ...foreignSettings(settings)];
}

/**
 * Limits hold whichever driver sets them, so a file that was written for systemd's is taken; /info tells the truth.
 * Why containers are not put into systemd's scopes: runtime/README.md.
 */
function unusedExecOptions(options: string[]): string[] {
  return options.flatMap((option) => {
    const [, driver] = /^native\.cgroupdriver=(.*)$/.exec(option) ?? [];
    if (driver === undefined)
      throw invalidArgument(`exec-opts: ${option} is not known: native.cgroupdriver is`);
    if (driver === 'cgroupfs') return [];
    if (driver === 'systemd')
      return [`${option} changes nothing: containers are started by the cgroupfs driver, also under systemd`];
    throw invalidArgument(`native.cgroupdriver option ${driver} not supported`);
  });
}

/** Throws for those that somebody would rely on. What is switched off or empty says nothing. */
function foreignSettings(settings: Settings): string[] {
  return FOREIGN_OPTIONS.flatMap((option) => {
    const value = settings.get(nameOf(option));
    const isOff = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (isOff || (option.refused && value === false)) return [];
    if (option.refused) throw invalidArgument(`${nameOf(option)}: ${option.about}`);
    return [`${nameOf(option)} changes nothing: ${option.about}`];
  });
}
