/** The one place that runs Git: fetches one commit, without its history, into a new directory. */
import { lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, invalidArgument, messageOf } from '../../../core/errors.ts';
import { step } from '../../../core/step.ts';
import type { GitSource } from './git-url.ts';

/** What a repository may ask of Git: no prompts, no helpers that run programs, no configuration of the host. */
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ALLOW_PROTOCOL: 'http:https:git:ssh:file',
  GIT_LFS_SKIP_SMUDGE: '1',
};

/**
 * Resolves to the context: `path`, a new directory, or the one below it that the source names. `keepGit`: the `.git`
 * directory stays. Leaves nothing if it fails.
 */
export function checkOut(
  source: GitSource,
  path: string,
  { keepGit = false, signal }: { keepGit?: boolean; signal: AbortSignal },
): Promise<string> {
  return step('image.build.git', { url: source.url, ref: source.ref }, async () => {
    await mkdir(path, { mode: 0o755 });
    try {
      await fetchCommit(source, path, signal);
      if (!keepGit) await rm(join(path, '.git'), { recursive: true, force: true });
      return await contextIn(path, source);
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw signal.aborted
        ? new EngineError('cancelled', 'the build was cancelled', { cause: error })
        : error;
    }
  });
}

async function fetchCommit(source: GitSource, directory: string, signal: AbortSignal): Promise<void> {
  const { url, ref, commit } = source;
  const git = (...args: string[]) => runGit(args, directory, signal);
  await git('init', '--quiet');
  await git('remote', 'add', '--', 'origin', url);
  try {
    await git('fetch', '--quiet', '--depth', '1', '--no-tags', '--', 'origin', ref || 'HEAD');
    await git('checkout', '--quiet', '--detach', 'FETCH_HEAD', '--');
  } catch {
    // Some servers hand out a commit by its digest, or anything, only as part of the whole history.
    await git('fetch', '--quiet', '--tags', 'origin');
    await git('checkout', '--quiet', '--detach', await findCommit(ref, git), '--');
  }
  const found = await git('rev-parse', 'HEAD');
  if (!found.startsWith(commit)) throw invalidArgument(`expected checksum to match ${commit}, got ${found}`);
  await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth', '1');
}

/** Among all that was fetched. */
async function findCommit(ref: string, git: (...args: string[]) => Promise<string>): Promise<string> {
  if (ref === '') return (await git('ls-remote', '--', 'origin', 'HEAD')).split(/\s/)[0] ?? '';
  const branch = ref.replace(/^(?:refs\/heads\/)?/, 'refs/remotes/origin/');
  const places = ref.startsWith('refs/heads/') ? [branch] : [ref, `refs/tags/${ref}`, branch];
  for (const place of places) {
    const found = await git('rev-parse', '--verify', '--quiet', `${place}^{commit}`).catch(() => '');
    if (found !== '') return found;
  }
  throw invalidArgument(`repository does not contain ref ${ref}`);
}

/** What it printed. */
async function runGit(args: string[], cwd: string, cancelSignal: AbortSignal): Promise<string> {
  try {
    const { execa } = await import('execa');
    const { stdout } = await execa('git', args, { cwd, env: ENVIRONMENT, stdin: 'ignore', cancelSignal });
    return stdout;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw invalidArgument(`failed to fetch the git context: ${stderr || messageOf(error)}`, error);
  }
}

/** A link in the repository could name any directory of the host. */
async function contextIn(path: string, { directory }: GitSource): Promise<string> {
  const root = await realpath(path);
  const real = await realpath(join(root, directory)).catch(() => '');
  const inside = real === root || real.startsWith(`${root}/`);
  const isDirectory = inside && (await lstat(real)).isDirectory();
  if (!isDirectory) throw invalidArgument(`the git repository has no directory ${directory}`);
  return real;
}
