/** `--chmod`: octal, or symbolic as chmod(1) has it (`u=rwX,go=rX`). */
import { invalidArgument } from '../../../core/errors.ts';

/** Permission bits in, permission bits out. */
export type ModeChange = (bits: number, isDirectory: boolean) => number;

/** Throws `invalid-argument` for what is neither. */
export function changeMode(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const bits = Number.parseInt(text, 8);
    return () => bits;
  }
  const clauses = text.split(',').map((clause) => parseClause(clause, text));
  return (bits, isDirectory) => clauses.reduce((mode, change) => change(mode, isDirectory), bits);
}

const CLAUSE = /^([ugoa]*)([+=-])([rwxXst]*)$/;
const SHIFTS: Record<string, number> = { u: 6, g: 3, o: 0 };

function parseClause(clause: string, whole: string): ModeChange {
  const [, who = '', operator, permissions = ''] = CLAUSE.exec(clause) ?? [];
  if (operator === undefined) throw invalidMode(whole);
  const classes = who === '' || who.includes('a') ? ['u', 'g', 'o'] : [...who];
  return (bits, isDirectory) => {
    const wanted = wantedBits(permissions, classes, bits, isDirectory);
    if (operator === '+') return bits | wanted;
    if (operator === '-') return bits & ~wanted;
    return (bits & ~coveredBits(classes, isDirectory)) | wanted;
  };
}

function wantedBits(permissions: string, classes: string[], bits: number, isDirectory: boolean): number {
  const executable = isDirectory || (bits & 0o111) !== 0;
  const plain =
    (permissions.includes('r') ? 4 : 0) |
    (permissions.includes('w') ? 2 : 0) |
    (permissions.includes('x') || (permissions.includes('X') && executable) ? 1 : 0);
  let wanted = permissions.includes('t') ? 0o1000 : 0;
  for (const name of classes) wanted |= plain << (SHIFTS[name] ?? 0);
  if (permissions.includes('s') && classes.includes('u')) wanted |= 0o4000;
  if (permissions.includes('s') && classes.includes('g')) wanted |= 0o2000;
  return wanted;
}

/** Of a directory `=` leaves the set-id bits alone, as chmod(1) does. */
function coveredBits(classes: string[], isDirectory: boolean): number {
  let covered = 0;
  for (const name of classes) covered |= 7 << (SHIFTS[name] ?? 0);
  if (isDirectory) return covered;
  return covered | (classes.includes('u') ? 0o4000 : 0) | (classes.includes('g') ? 0o2000 : 0);
}

const invalidMode = (text: string) =>
  invalidArgument(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
