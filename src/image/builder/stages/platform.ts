/** The arguments that every build has by itself, usable in FROM, and in stages that declare them: TARGETARCH and its kin. */
import type { Platform } from '../../oci.ts';

export function platformArgs(build: Platform, target: Platform): Map<string, string> {
  return new Map([...describe('BUILD', build), ...describe('TARGET', target)]);
}

function describe(prefix: string, { os, architecture, variant }: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, [os, architecture, variant].filter(Boolean).join('/')],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant ?? ''],
  ];
}
