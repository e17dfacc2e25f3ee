/**
 * What `runc update` (1.1) knows nothing of: limits of single devices, swappiness, whether the kernel may kill for want
 * of memory. Worse, it sets them back to what they were at the start. So they are written behind it, as runc itself
 * writes them at a start.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, internal, messageOf } from '../../core/errors.ts';
import type { OciResources } from '../oci.ts';
import { blockIoLinesV1, blockIoLinesV2, type FileLine } from './block-io.ts';
import { type CgroupPaths, unifiedGroup } from './cgroup.ts';
import { readFile } from './files.ts';

/** All that is not in `resources` is unlimited from then on. Throws `internal` with the kernel's words. */
export function updateCgroup(paths: CgroupPaths, { blockIO = {}, memory }: OciResources): void {
  const unified = unifiedGroup(paths);
  if (unified !== undefined) {
    write(unified, blockIoLinesV2(blockIO, reader(unified)));
    return;
  }
  write(paths.blkio, blockIoLinesV1(blockIO, reader(paths.blkio)));
  write(paths.memory, memoryLines(memory, reader(paths.memory)));
}

const reader = (directory: string | undefined) => (file: string) => readFile(directory, file) ?? '';

function memoryLines(memory: OciResources['memory'], read: (file: string) => string): FileLine[] {
  const { swappiness, disableOOMKiller = false } = memory ?? {};
  const kills = /^oom_kill_disable (\d)$/m.exec(read('memory.oom_control'))?.[1];
  const wanted = disableOOMKiller ? '1' : '0';
  return [
    ...(swappiness === undefined ? [] : [{ file: 'memory.swappiness', line: String(swappiness) }]),
    ...(kills === undefined || kills === wanted ? [] : [{ file: 'memory.oom_control', line: wanted }]),
  ];
}

function write(directory: string | undefined, lines: FileLine[]): void {
  for (const { file, line } of lines) {
    if (directory === undefined) throw internal(`this host has no control group for ${file}`);
    try {
      writeFileSync(join(directory, file), line);
    } catch (error) {
      throw internal(`failed to write "${line}" to ${file}: ${errnoOf(error) ?? messageOf(error)}`, error);
    }
  }
}
