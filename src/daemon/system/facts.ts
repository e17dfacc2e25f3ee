/** What /info and /version say that does not change while the daemon runs: asked for once, at the first request. */
import { findProgram } from '../../kernel/program.ts';
import type { DaemonConfig } from '../config/config.ts';
import type { EngineSettings } from '../engine.ts';
import { type HostFacts, readHostFacts } from './host.ts';
import { engineId } from './identity.ts';
import { type LimitSupport, limitSupport } from './limits.ts';
import { type ProgramVersion, programVersion } from './programs.ts';

export interface SystemFacts {
  id: string;
  host: HostFacts;
  limits: LimitSupport;
  runcPath: string;
  runc: ProgramVersion;
  conmon: ProgramVersion;
  /** `version` is '' if the host has no init program. */
  init: ProgramVersion;
}

export function systemFacts(config: DaemonConfig, settings: EngineSettings): () => Promise<SystemFacts> {
  let facts: Promise<SystemFacts> | undefined;
  return () => {
    facts ??= gather(config, settings);
    return facts;
  };
}

async function gather(config: DaemonConfig, settings: EngineSettings): Promise<SystemFacts> {
  const runcPath = findProgram('runc');
  const [runc, conmon, init] = await Promise.all([
    programVersion(runcPath),
    programVersion(findProgram('conmon')),
    settings.initPath === '' ? { version: '', commit: '' } : programVersion(settings.initPath),
  ]);
  return {
    id: engineId(config.dataRoot),
    host: readHostFacts(),
    limits: limitSupport(settings.cgroupVersion),
    runcPath,
    runc,
    conmon,
    init,
  };
}
