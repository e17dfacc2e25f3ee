/** GET /version. */
import type { SystemVersion } from '../../api/system.ts';
import { API_VERSION, MIN_API_VERSION } from '../../api/version.ts';
import { ENGINE_BUILT, ENGINE_COMMIT, ENGINE_VERSION } from '../version.ts';
import type { SystemFacts } from './facts.ts';

export function systemVersion({ host, runc, conmon, init }: SystemFacts): SystemVersion {
  const engine = {
    ApiVersion: API_VERSION,
    Arch: host.architecture,
    BuildTime: ENGINE_BUILT,
    Experimental: 'false',
    GitCommit: ENGINE_COMMIT,
    GoVersion: `none (Node.js ${process.versions.node})`,
    KernelVersion: host.kernelVersion,
    MinAPIVersion: MIN_API_VERSION,
    Os: 'linux',
  };
  const component = (Name: string, { version, commit }: { version: string; commit: string }) => ({
    Name,
    Version: version,
    Details: { GitCommit: commit },
  });
  return {
    Platform: { Name: `Skiff ${ENGINE_VERSION}` },
    Components: [
      { Name: 'Engine', Version: ENGINE_VERSION, Details: engine },
      component('conmon', conmon),
      component('runc', runc),
      ...(init.version === '' ? [] : [component('init', init)]),
    ],
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: ENGINE_COMMIT,
    GoVersion: engine.GoVersion,
    Os: 'linux',
    Arch: host.architecture,
    KernelVersion: host.kernelVersion,
    BuildTime: ENGINE_BUILT,
  };
}
