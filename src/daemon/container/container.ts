/**
 * What a container is: a record that says how to run it. Its life is a `Task` (runtime/task.ts), which may be there
 * or not; its latest state is kept beside the record.
 */
import type { ContainerConfig, HostConfig, Mount, MountPoint } from '../../api/container.ts';
import type { EndpointSettings } from '../../api/network.ts';
import type { Digest } from '../../core/digest.ts';
import { conflict, notFound } from '../../core/errors.ts';
import type { Link } from './links.ts';
import type { ContainerState } from './state.ts';

/** containers/<id>/config.json, and `state` in a file of its own because it changes often. */
export interface Container {
  version: 1;
  id: string;
  /** Without the leading slash that the API shows. */
  name: string;
  /** RFC 3339. */
  created: string;
  imageId: Digest;
  /** As the person wrote it. */
  image: string;
  platform: string;
  config: ContainerConfig;
  hostConfig: HostConfig;
  /** Networks asked for, by name. */
  endpoints: Record<string, EndpointSettings>;
  /** On the default bridge. Absent in records of before there were any. */
  links?: Link[];
  mounts: ContainerMount[];
  state: ContainerState;
}

/** `asked`: the `--mount` that it comes from, be it another container's (`--volumes-from`), with what inspect does not show. */
export type ContainerMount = MountPoint & { asked?: Mount };

export const mountsShown = ({ mounts }: Container): MountPoint[] =>
  mounts.map(({ asked: _, ...point }) => point);

/** Name or id, as given → one container. The same three errors wherever a container is named. */
export const noSuchContainer = (reference: string) => notFound(`No such container: ${reference}`);
export const notRunning = (id: string) => conflict(`Container ${id} is not running`);
export const isPaused = (id: string) =>
  conflict(`Container ${id} is paused, unpause the container before exec`);
