// Flags of cluster volumes. They travel to the engine, which says whether it has such volumes.

import { bytes, list, map, string, type Values } from '../../args/flag.ts';

export const clusterFlags = {
  availability: string('Cluster Volume availability ("active", "pause", "drain")', { initial: 'active' }),
  group: string('Cluster Volume group (cluster volumes)'),
  'limit-bytes': bytes('Maximum size of the Cluster Volume in bytes'),
  'required-bytes': bytes('Minimum size of the Cluster Volume in bytes'),
  scope: string('Cluster Volume access scope ("single", "multi")', { initial: 'single' }),
  secret: map('Cluster Volume secrets'),
  sharing: string('Cluster Volume access sharing ("none", "readonly", "onewriter", "all")', {
    initial: 'none',
  }),
  'topology-preferred': list('A topology that the Cluster Volume would be preferred in'),
  'topology-required': list('A topology that the Cluster Volume must be accessible from'),
  type: string('Cluster Volume access type ("mount", "block")', { initial: 'block' }),
};

/** Nothing unless one of these flags was given. */
export function clusterSpec(flags: Values<typeof clusterFlags>, changed: ReadonlySet<string>): object {
  if (!Object.keys(clusterFlags).some((name) => changed.has(name))) return {};
  const topology = (text: string) => ({
    Segments: Object.fromEntries(text.split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
  });
  return {
    ClusterVolumeSpec: {
      Group: flags.group,
      Availability: flags.availability,
      AccessMode: {
        Scope: flags.scope,
        Sharing: flags.sharing,
        ...(flags.type === 'mount' ? { MountVolume: {} } : { BlockVolume: {} }),
      },
      CapacityRange: { RequiredBytes: flags['required-bytes'], LimitBytes: flags['limit-bytes'] },
      Secrets: Object.entries(flags.secret).map(([Key, Secret]) => ({ Key, Secret })),
      AccessibilityRequirements: {
        Requisite: flags['topology-required'].map(topology),
        Preferred: flags['topology-preferred'].map(topology),
      },
    },
  };
}
