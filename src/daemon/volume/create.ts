/** Makes a volume, or gives back the one of that name. */

import type { VolumeCreateRequest } from '../../api/volume.ts';
import { notImplemented } from '../../core/errors.ts';
import type { Volume, VolumeRequest } from '../../volume/volume.ts';
import type { Engine } from '../engine.ts';

export function createRequest(body: VolumeCreateRequest): VolumeRequest {
  if (body.ClusterVolumeSpec) throw notImplemented('cluster volumes are not implemented by this engine');
  return {
    name: body.Name ?? undefined,
    driver: body.Driver ?? undefined,
    labels: body.Labels ?? undefined,
    options: body.DriverOpts ?? undefined,
  };
}

export async function createVolume(engine: Engine, request: VolumeRequest): Promise<Volume> {
  const known = request.name ? engine.volumes.find(request.name) : undefined;
  const volume = await engine.volumes.create(request);
  if (!known) engine.events.publish('volume', 'create', volume.name, { driver: volume.driver });
  return volume;
}
