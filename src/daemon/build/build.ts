/** `docker build`: what the client asked for, handed to the builder with what the daemon has. */
import type { Readable } from 'node:stream';
import type { BuildMessage, BuildRequest, BuildResult } from '../../image/builder/request.ts';
import type { Image } from '../../image/image.ts';
import type { PullOptions } from '../../image/pull-blobs.ts';
import type { RegistryAuth } from '../../image/registry/auth.ts';
import type { Engine } from '../engine.ts';
import { publishImage } from '../image/events.ts';
import type { BuildParameters } from './parameters.ts';
import { authFor } from './registry-auth.ts';
import { stepRunner } from './step-runner.ts';

export interface BuildCall {
  parameters: BuildParameters;
  /** The context. */
  stream: Readable;
  /** By registry, as the client sent it. */
  auth: Record<string, RegistryAuth>;
  emit: (message: BuildMessage) => void;
  signal: AbortSignal;
}

/** Can be cancelled by the id that the client gave it (cancel.ts). */
export async function buildImage(engine: Engine, call: BuildCall): Promise<BuildResult> {
  const { parameters, stream, auth, emit, signal } = call;
  const { builds, builder } = engine.build;
  const running = builds.begin(parameters.buildId, signal);
  try {
    const session = parameters.session === '' ? undefined : engine.build.sessions.find(parameters.session);
    const request: BuildRequest = {
      ...parameters,
      stream,
      session,
      emit,
      signal: running.signal,
      runner: stepRunner(engine, parameters.limits),
      pullImage: (reference, options) =>
        pullBase(engine, reference, { ...options, auth: authFor(auth, reference) }),
    };
    const built = await builder.build(request);
    if (built.image) tell(engine, built.image, parameters.names);
    return built;
  } finally {
    running.end();
  }
}

function tell(engine: Engine, image: Image, names: readonly string[]): void {
  publishImage(engine, 'create', image);
  for (const name of names) publishImage(engine, 'tag', image, name);
}

async function pullBase(engine: Engine, reference: string, options: PullOptions): Promise<Image> {
  const [image] = await engine.images.pull(reference, options);
  return image ?? engine.images.get(reference);
}
