/** Identifiers as Docker has them: 64 hex digits, shown as the first 12, found by any unambiguous prefix. */
import { randomBytes } from 'node:crypto';

const ID = /^[0-9a-f]{64}$/;
const PREFIX = /^[0-9a-f]{1,64}$/;

/** A fresh id; never one whose short form is all digits, which Docker avoids because it is a poor host name. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}

export function isId(text: string): boolean {
  return ID.test(text);
}

export function isIdPrefix(text: string): boolean {
  return PREFIX.test(text);
}

export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
