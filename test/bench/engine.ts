/** An engine under measurement: Docker's API on a socket, a command line, and a network of its own. */
import type { Api } from './api-client.ts';
import type { Command } from './process.ts';

export type EngineName = 'skiff' | 'docker' | 'podman';

export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  readonly socket: string;
  readonly api: Api;
  /** Its command line with these arguments. */
  cli(...args: string[]): Command;
  /** Process ids of the engine itself, containers and shims left out. */
  processes(): number[];
  /** Process ids of what running containers add, the containers' own processes left out. */
  shims(): number[];
  /** Puts a command into the engine's network namespace, where its published ports answer. */
  inNetwork(command: string[]): string[];
  /** Where the engine's own runtime keeps the OCI config of a running container, if that is known. */
  ociConfig?(id: string): string;
  /** SIGKILL for the engine alone; containers run on. Resolves when it is gone. */
  crash(): Promise<void>;
  /** Starts it (again). Does not wait until it answers. */
  start(): void;
  /** Resolves when it answers a ping. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Folder on disk for data; the engine removes nothing outside of it. */
  root: string;
  /** Folder on tmpfs for sockets and state. */
  run: string;
  image: string;
}
