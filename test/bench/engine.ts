/** An engine under measurement: Docker's API on a socket, a command line, and a network of its own. */
import type { Api } from './api-client.ts';

export type EngineName = 'skiff' | 'docker' | 'podman';

export interface Engine {
  readonly name: EngineName;
  /** `dockerd 20.10.24` */
  readonly version: string;
  readonly socket: string;
  readonly api: Api;
  /** Starts a command line of the engine: program and leading arguments, and what its environment needs. */
  readonly cli: { command: string[]; env: Record<string, string> };
  /** Process ids of the engine itself, containers and shims left out. */
  processes(): number[];
  /** Process ids of what one running container adds. */
  shims(): number[];
  /** Puts a command into the engine's network namespace, where its published ports answer. */
  inNetwork(command: string[]): string[];
  /** SIGKILL for the engine alone; containers run on if it can do that. */
  crash(): Promise<void>;
  /** Starts it again after a crash; does not wait until it answers. */
  restart(): void;
  close(): Promise<void>;
}
