/** Content digests: OCI image spec, "Digests". Only sha256 is spoken; others are refused by name. */
import { createHash } from 'node:crypto';
import { invalidArgument } from './errors.ts';

/** `sha256:` and 64 lower-case hex digits. Only `parseDigest` and `sha256` make one. */
export type Digest = `sha256:${string}` & { readonly digest: unique symbol };

const SHA256 = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return SHA256.test(text);
}

/** Throws `invalid-argument` for anything but a well-formed sha256 digest. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw invalidArgument(`invalid digest ${JSON.stringify(text)}`);
  return text;
}

export function sha256(data: string | Uint8Array): Digest {
  return digestOfHex(createHash('sha256').update(data).digest('hex'));
}

/** For the hex that a finished `createHash('sha256')` gives. */
export function digestOfHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The 64 hex digits, as used in file names: they can hold no `/` and no `..`. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
