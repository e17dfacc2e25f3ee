/** Capabilities, seccomp, AppArmor and no-new-privileges: capabilities(7), seccomp(2), and `--security-opt`. */
import type { HostConfig } from '../../../api/container.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { OciCapabilities, OciSeccomp } from '../../../runtime/oci.ts';
import { DEFAULT_PROFILE, UNCONFINED } from '../../../runtime/spec/apparmor.ts';
import { capabilitiesFor, ociCapabilities } from '../../../runtime/spec/capabilities.ts';
import type { Engine } from '../../engine.ts';

export interface SecurityOptions {
  /** Absent: the engine's. */
  noNewPrivileges?: boolean;
  /** `unconfined`, or a profile as JSON text; absent: the engine's. */
  seccomp?: string;
  /** Name of an AppArmor profile; absent: the usual one. */
  appArmor?: string;
}

/** Throws `invalid-argument` for an option that is none, or that no kernel of ours can honour. */
export function parseSecurityOptions(options: string[]): SecurityOptions {
  const parsed: SecurityOptions = {};
  for (const option of options) {
    const [, key = '', value = ''] = /^([^=:]+)(?:[=:](.*))?$/s.exec(option) ?? [];
    switch (key) {
      case 'no-new-privileges':
        if (!['', 'true', 'false'].includes(value)) throw invalidOption(option);
        parsed.noNewPrivileges = value !== 'false';
        break;
      case 'seccomp':
        parsed.seccomp = value;
        break;
      case 'apparmor':
        parsed.appArmor = value;
        break;
      case 'label':
        if (value !== 'disable')
          throw invalidArgument('SELinux is not enabled in this kernel: only label=disable can be asked for');
        break;
      default:
        throw invalidOption(option);
    }
  }
  return parsed;
}

const invalidOption = (option: string) =>
  invalidArgument(`invalid --security-opt ${/[=:]/.test(option) ? 2 : 1}: ${JSON.stringify(option)}`);

export const hasNoNewPrivileges = ({ SecurityOpt }: HostConfig, usual: boolean) =>
  parseSecurityOptions(SecurityOpt ?? []).noNewPrivileges ?? usual;

/** Throws `invalid-argument` also for what this host lacks. */
export function validateSecurityOptions({ appArmor }: Engine, { SecurityOpt }: HostConfig): void {
  const asked = parseSecurityOptions(SecurityOpt ?? []).appArmor || UNCONFINED;
  if (!appArmor && asked !== UNCONFINED)
    throw invalidArgument('apparmor is not enabled in this kernel: only unconfined can be asked for');
}

/** `undefined` where this host has no AppArmor. */
export function appArmorProfile(
  { appArmor }: Engine,
  { SecurityOpt, Privileged }: HostConfig,
): string | undefined {
  if (!appArmor) return undefined;
  const asked = parseSecurityOptions(SecurityOpt ?? []).appArmor;
  return asked || (Privileged ? UNCONFINED : DEFAULT_PROFILE);
}

export function capabilities(hostConfig: HostConfig, uid: number): OciCapabilities {
  return ociCapabilities(capabilitySet(hostConfig), uid);
}

function capabilitySet({ CapAdd, CapDrop, Privileged }: HostConfig): string[] {
  return capabilitiesFor({
    add: [CapAdd ?? []].flat(),
    drop: [CapDrop ?? []].flat(),
    privileged: Privileged === true,
  });
}

/** `undefined`: unconfined, as privileged containers are unless they say otherwise. */
export function seccomp(engine: Engine, hostConfig: HostConfig): OciSeccomp | undefined {
  const { seccomp: asked } = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  if (asked === 'unconfined' || (hostConfig.Privileged && asked === undefined)) return undefined;
  const own = asked !== undefined && asked !== 'builtin' && asked !== '';
  return engine.seccomp.filterFor(capabilitySet(hostConfig), own ? asked : undefined);
}
