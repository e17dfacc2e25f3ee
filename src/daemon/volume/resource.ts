/** A volume as the API shows it. */
import type { VolumeResource } from '../../api/volume.ts';
import type { Volume } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';

/** Docker's mark of a volume that nobody named. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

export function volumeResource({ volumes }: Engine, volume: Volume): VolumeResource {
  return {
    CreatedAt: volume.created.replace(/\.\d+Z$/, 'Z'),
    Driver: volume.driver,
    Labels: orNull(volumeLabels(volume)),
    Mountpoint: volumes.mountpoint(volume.name),
    Name: volume.name,
    Options: orNull(volume.options),
    Scope: 'local',
  };
}

export function volumeLabels({ labels, anonymous }: Volume): Record<string, string> {
  return anonymous ? { ...labels, [ANONYMOUS_LABEL]: '' } : labels;
}

const orNull = (map: Record<string, string>) => (Object.keys(map).length === 0 ? null : map);
