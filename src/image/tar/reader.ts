/**
 * Reads a tar stream synchronously, chunk by chunk, and tells a sink what it finds. Knows ustar, pax, GNU long names
 * and all sparse formats. tar-stream serves where entries are few; a layer's tens of thousands, and attributes that
 * are not text, want this.
 */
import { invalidArgument } from '../../core/errors.ts';
import { BLOCK, decodeHeader, isZero, type SparseMap, type TarEntry } from './header.ts';
import { number } from './number.ts';
import { applyPax, decodePax, integer, type PaxRecords, sparseMap, sparseOf } from './pax.ts';

export interface TarSink {
  begin(entry: TarEntry): void;
  /** A piece of the entry's data; valid during the call. */
  data(bytes: Buffer): void;
  end(): void;
}

/** What a header about a header, or the map of a sparse file, may be long. A bomb of headers ends here. */
const HEADER_MAX = 1024 * 1024;

type State = 'header' | 'extension' | 'sparse-block' | 'sparse-text' | 'data' | 'padding' | 'done';

export class TarReader {
  readonly #sink: TarSink;
  #state: State = 'header';
  /** What is left of the current data, or padding. */
  #left = 0;
  #padding = 0;
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  /** Bytes that the last call of `#nextBlock` used up. */
  #taken = 0;
  #zeroBlocks = 0;
  #entry: TarEntry | undefined;
  #extension: Buffer[] = [];
  #extensionBytes = 0;
  #global: PaxRecords = [];
  #pax: PaxRecords = [];
  #longName: string | undefined;
  #longLink: string | undefined;
  #sparseNumbers: number[] = [];
  #sparseSize = 0;
  #sparseText = '';

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#state !== 'done'; ) at = this.#consume(chunk, at);
  }

  /** Throws if the archive stops in the middle. `complete`: the two blocks of zeros must have been seen, too. */
  finish(complete: boolean): void {
    if (this.#state === 'done') return;
    // Docker's client may leave out the padding of the last entry.
    const between =
      this.#state === 'padding' || (this.#state === 'header' && this.#filled === 0 && this.#pax.length === 0);
    // No bytes at all are an archive of nothing, as for Docker.
    const isNothing = between && !this.#entry && this.#zeroBlocks === 0;
    if (!between || (complete && !isNothing))
      throw invalidArgument('archive/tar: unexpected end of the archive');
  }

  #consume(chunk: Buffer, at: number): number {
    if (this.#state === 'data' || this.#state === 'extension') return this.#consumeData(chunk, at);
    if (this.#state === 'padding') {
      const length = Math.min(this.#left, chunk.length - at);
      this.#left -= length;
      if (this.#left === 0) this.#state = 'header';
      return at + length;
    }
    const block = this.#nextBlock(chunk, at);
    if (block) this.#onBlock(block);
    return at + (block ? this.#taken : chunk.length - at);
  }

  /** A whole block: out of the chunk where it lies whole, gathered where two chunks share it. */
  #nextBlock(chunk: Buffer, at: number): Buffer | undefined {
    if (this.#filled === 0 && chunk.length - at >= BLOCK) {
      this.#taken = BLOCK;
      return chunk.subarray(at, at + BLOCK);
    }
    const length = Math.min(BLOCK - this.#filled, chunk.length - at);
    chunk.copy(this.#block, this.#filled, at, at + length);
    this.#filled += length;
    this.#taken = length;
    if (this.#filled < BLOCK) return undefined;
    this.#filled = 0;
    return this.#block;
  }

  #onBlock(block: Buffer): void {
    if (this.#state === 'sparse-block') this.#onSparseBlock(block);
    else if (this.#state === 'sparse-text') this.#onSparseText(block);
    else this.#onHeader(block);
  }

  #onHeader(block: Buffer): void {
    const entry = decodeHeader(block);
    if (!entry) {
      if (++this.#zeroBlocks === 2) this.#state = 'done';
      return;
    }
    if (this.#zeroBlocks > 0) throw invalidArgument('archive/tar: invalid tar header');
    this.#entry = entry;
    if (isExtension(entry)) this.#beginExtension(entry);
    else this.#beginEntry(entry, block);
  }

  #beginExtension(entry: TarEntry): void {
    if (entry.size > HEADER_MAX) throw invalidArgument('archive/tar: a header is too large');
    this.#extension = [];
    this.#extensionBytes = entry.size;
    this.#left = entry.size;
    this.#padding = paddingOf(entry.size);
    this.#state = 'extension';
    if (entry.size === 0) this.#endOfData();
  }

  #beginEntry(entry: TarEntry, block: Buffer): void {
    const records = this.#global.length === 0 ? this.#pax : [...this.#global, ...this.#pax];
    if (this.#longName !== undefined) entry.name = this.#longName;
    if (this.#longLink !== undefined) entry.linkName = this.#longLink;
    if (records.length > 0) applyPax(entry, records);
    this.#pax = [];
    this.#longName = undefined;
    this.#longLink = undefined;
    if (!hasData(entry)) entry.size = 0;
    this.#left = entry.size;
    this.#padding = paddingOf(entry.size);
    const { map, mapInData } = entry.type === 'file' ? sparseOf(records) : {};
    if (map) entry.sparse = checkedMap(map, entry.size);
    if (entry.type === 'gnu-sparse') this.#beginGnuSparse(entry, block);
    else if (mapInData) this.#beginSparseText(mapInData.realSize);
    else this.#announce(entry);
  }

  #announce(entry: TarEntry): void {
    this.#state = 'data';
    this.#sink.begin(entry);
    if (this.#left === 0) this.#endOfData();
  }

  #consumeData(chunk: Buffer, at: number): number {
    const length = Math.min(this.#left, chunk.length - at);
    const bytes = chunk.subarray(at, at + length);
    this.#left -= length;
    if (this.#state === 'data') this.#sink.data(bytes);
    else this.#extension.push(Buffer.from(bytes));
    if (this.#left === 0) this.#endOfData();
    return at + length;
  }

  #endOfData(): void {
    if (this.#state === 'extension') this.#keepExtension();
    else this.#sink.end();
    this.#left = this.#padding;
    this.#state = this.#left > 0 ? 'padding' : 'header';
  }

  #keepExtension(): void {
    const data = Buffer.concat(this.#extension, this.#extensionBytes);
    this.#extension = [];
    if (this.#entry?.type === 'pax') this.#pax = decodePax(data);
    else if (this.#entry?.type === 'pax-global') this.#global = decodePax(data);
    else if (this.#entry?.type === 'long-name') this.#longName = untilNul(data);
    else this.#longLink = untilNul(data);
  }

  /** GNU tar's old format: four pairs in the header, then blocks of 21 as long as a flag says so. */
  #beginGnuSparse(entry: TarEntry, block: Buffer): void {
    entry.type = 'file';
    this.#sparseNumbers = [];
    this.#sparseSize = number(block, 483, 12);
    this.#readPairs(block, 386, 4);
    if (block[482] === 1) this.#state = 'sparse-block';
    else this.#announceSparse();
  }

  #onSparseBlock(block: Buffer): void {
    this.#readPairs(block, 0, 21);
    if (block[504] !== 1) this.#announceSparse();
  }

  #readPairs(block: Buffer, offset: number, count: number): void {
    for (let at = offset; at < offset + count * 24; at += 24) {
      if (block[at] === 0 && isZero(block.subarray(at, at + 24))) continue;
      this.#sparseNumbers.push(number(block, at, 12), number(block, at + 12, 12));
    }
    if (this.#sparseNumbers.length > HEADER_MAX / 8)
      throw invalidArgument('archive/tar: a header is too large');
  }

  #beginSparseText(realSize: number): void {
    this.#sparseSize = realSize;
    this.#sparseText = '';
    this.#state = 'sparse-text';
  }

  /** Format 1.0: the data begins with decimal lines (count, then offset and length of each), padded to a block. */
  #onSparseText(block: Buffer): void {
    this.#left -= BLOCK;
    this.#sparseText += block.toString('latin1');
    if (this.#left < 0 || this.#sparseText.length > HEADER_MAX) {
      throw invalidArgument('archive/tar: invalid map of a sparse file');
    }
    const lines = this.#sparseText.split('\n');
    const count = lines.length > 1 ? integer(Buffer.from(lines[0] ?? '')) : Infinity;
    if (lines.length - 1 < 1 + 2 * count) return;
    this.#sparseNumbers = lines.slice(1, 1 + 2 * count).map((line) => integer(Buffer.from(line)));
    this.#announceSparse();
  }

  #announceSparse(): void {
    const entry = this.#entry;
    if (!entry) return;
    entry.size = this.#left;
    entry.sparse = checkedMap(sparseMap(this.#sparseSize, this.#sparseNumbers), this.#left);
    this.#announce(entry);
  }
}

function isExtension({ type }: TarEntry): boolean {
  return type === 'pax' || type === 'pax-global' || type === 'long-name' || type === 'long-link';
}

/** Links and nodes have no data, whatever their size field says (POSIX ustar, "typeflag"). */
function hasData({ type }: TarEntry): boolean {
  return type === 'file' || type === 'gnu-sparse' || type === 'other';
}

function checkedMap(map: SparseMap, size: number): SparseMap {
  const data = map.chunks.reduce((sum, { length }) => sum + length, 0);
  if (data !== size) throw invalidArgument('archive/tar: invalid map of a sparse file');
  return map;
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}
