/** Instructions that change nothing but the image's config; and WORKDIR, which makes its directory too. */
import { closeSync } from 'node:fs';
import { invalidArgument, isKind } from '../../../core/errors.ts';
import { type ConfigInstruction, changeConfig } from '../config/change.ts';
import { configWords, filesWords } from '../config/created-by.ts';
import { makeDirectories } from '../files/destination.ts';
import { toBytes, withDirectory } from '../files/entry.ts';
import { ownerForUser } from './owner.ts';
import type { Prepared, StepContext } from './step.ts';

export function prepareConfig({ build, point }: StepContext, instruction: ConfigInstruction): Prepared {
  const { state, words } = changeConfig(point.state, instruction, build.escapeChar);
  if (instruction.kind !== 'WORKDIR') {
    return { state, createdBy: configWords(state, words), inputs: [], contained: true };
  }
  const path = state.config.WorkingDir ?? '/';
  return {
    state,
    createdBy: filesWords(state, words),
    inputs: [],
    contained: true,
    execute: async (tree) => makeDirectory(tree.mounted(), path, state.config.User),
  };
}

/** What is missing belongs to USER, as with BuildKit. */
function makeDirectory(root: string, path: string, user?: string): void {
  try {
    const owner = ownerForUser(root, user);
    withDirectory(root, (fd) => closeSync(makeDirectories(fd, toBytes(path), owner)));
  } catch (error) {
    if (!isKind(error, 'invalid-argument')) throw error;
    throw invalidArgument(`Cannot mkdir: ${path} is not a directory`, error);
  }
}
