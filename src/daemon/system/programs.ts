/** Versions of the programs that skiffd hands work to, asked from them when somebody wants to know. */

export interface ProgramVersion {
  version: string;
  commit: string;
}

const UNKNOWN: ProgramVersion = { version: 'unknown', commit: '' };

/** `runc version 1.1.5+ds1` and `commit: …` on lines of their own; conmon prints alike. Never throws. */
export async function programVersion(program: string): Promise<ProgramVersion> {
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['--version'], { reject: false, timeout: 5000, stdin: 'ignore' });
  const version = /version:? (\S+)/.exec(stdout ?? '')?.[1];
  if (version === undefined) return UNKNOWN;
  const commit = /^commit: *(\S+)/m.exec(stdout ?? '')?.[1] ?? '';
  return { version, commit: commit === 'unknown' ? '' : commit };
}
