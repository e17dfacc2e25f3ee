/** What a COPY or ADD names, from wherever it comes: paths, addresses, here-documents. */
import { EngineError, invalidArgument, isKind, messageOf } from '../../../core/errors.ts';
import { environmentOf } from '../config/state.ts';
import { isUrl } from '../context/fetch.ts';
import { expandHeredoc } from '../dockerfile/expand.ts';
import type { AddInstruction, CopyInstruction } from '../dockerfile/instruction.ts';
import type { Owner } from '../files/place.ts';
import { lookupIn } from '../stages/args.ts';
import { resolveFrom } from '../stages/plan.ts';
import { type Origin, openOrigin } from './origin.ts';
import { type Gathered, gatherInline, gatherRemote, isRemote } from './sources.ts';
import type { StepContext } from './step.ts';

export type CopyLike = CopyInstruction | AddInstruction;

/** An instruction with its variables expanded. */
export interface Copy {
  instruction: CopyLike;
  sources: string[];
  destination: string;
  chown?: string;
  chmod?: string;
  exclude: string[];
  checksum?: string;
  /** Of `--link`: looked up in the stage before, since the layer itself knows no names. */
  owner?: Owner;
}

/** Throws `invalid-argument` in Docker's words for what is not there, or may not be asked for. */
export async function gather(context: StepContext, copy: Copy): Promise<Gathered[]> {
  const { instruction } = copy;
  const origin = await originOf(context, instruction);
  try {
    return await gatherAll(context, copy, origin);
  } catch (error) {
    if (!isKind(error, 'invalid-argument')) throw error;
    throw invalidArgument(`${instruction.kind} failed: ${error.message}`, error);
  }
}

/** The context, unless the instruction says another. */
async function originOf({ build, stage }: StepContext, instruction: CopyLike): Promise<Origin> {
  const from = instruction.kind === 'COPY' ? instruction.from : undefined;
  if (from === undefined) return openOrigin(build, { kind: 'context' });
  const source = resolveFrom(build.dockerfile.stages, from, stage);
  if (source.kind !== 'image') return openOrigin(build, source);
  try {
    return await openOrigin(build, source);
  } catch (error) {
    const kind = error instanceof EngineError ? error.kind : 'internal';
    throw new EngineError(kind, `invalid from flag value ${from}: ${messageOf(error)}`, { cause: error });
  }
}

/** In the order: paths, then addresses, then here-documents. */
async function gatherAll(context: StepContext, copy: Copy, origin: Origin): Promise<Gathered[]> {
  const { instruction, sources, checksum } = copy;
  const isAdd = instruction.kind === 'ADD';
  if (!isAdd && sources.some(isUrl)) throw invalidArgument("source can't be a URL for COPY");
  const remote = isAdd ? sources.filter(isRemote) : [];
  const local = sources.filter((source) => !remote.includes(source));
  if (checksum !== undefined) checkSources(remote, local);
  const found = [
    ...(await gatherLocal(copy, origin, local)),
    ...(isAdd ? await gatherRemote(context, { instruction, checksum }, remote) : []),
    ...(await gatherInline(context, expandedFiles(context, instruction))),
  ];
  if (found.length === 0) throw invalidArgument('no source files were specified');
  return found;
}

/** BuildKit's words. */
function checkSources(remote: readonly string[], local: readonly string[]): void {
  if (local.length > 0) throw invalidArgument('checksum requires HTTP(S) or Git sources');
  if (remote.length > 1) throw invalidArgument("checksum can't be specified for multiple sources");
}

async function gatherLocal(copy: Copy, origin: Origin, sources: string[]): Promise<Gathered[]> {
  if (sources.length === 0) return [];
  const { instruction, exclude } = copy;
  const found = await origin.find(sources, exclude, rebuildsParents(instruction));
  const unpack = instruction.kind === 'ADD' && instruction.unpack !== false;
  return found.map((each) => ({ root: origin.root, found: each, unpack }));
}

export function rebuildsParents(instruction: CopyLike): boolean {
  return instruction.kind === 'COPY' && instruction.parents;
}

function expandedFiles({ point }: StepContext, { files }: CopyLike) {
  const lookup = lookupIn(point.state.args, environmentOf(point.state));
  return files.map(({ name, content, expand }) => ({
    name,
    // The backslash, whatever the directive says: BuildKit's rule.
    content: expand ? expandHeredoc(content, { lookup, escapeChar: '\\' }) : content,
  }));
}
