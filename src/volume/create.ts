/** A new volume: checked, made beside its place, moved in whole. */

import { notFound } from '../core/errors.ts';
import { nowNano } from '../core/events.ts';
import { step } from '../core/step.ts';
import { timestamp } from '../core/time.ts';
import { checkName } from './name.ts';
import { checkOptions } from './options.ts';
import type { VolumeStore } from './store.ts';
import type { Volume, VolumeRequest } from './volume.ts';

/** `name`: the request's, or one made up. */
export function createVolume(store: VolumeStore, name: string, request: VolumeRequest): Promise<Volume> {
  return step('volume.create', { volume: name }, () => {
    refuseDriver(name, request.driver);
    return store.find(name) ?? makeVolume(store, name, request);
  });
}

function refuseDriver(name: string, driver: string | undefined): void {
  if (driver && driver !== 'local')
    throw notFound(`create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`);
}

async function makeVolume(store: VolumeStore, name: string, request: VolumeRequest): Promise<Volume> {
  const { labels = {}, options = {} } = request;
  checkName(name);
  checkOptions(name, options);
  const volume: Volume = {
    name,
    driver: 'local',
    created: timestamp(nowNano()),
    labels,
    options,
    anonymous: !request.name,
  };
  await store.add(volume);
  return volume;
}
