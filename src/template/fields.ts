// `.A.B.C`: fields of the engine's answers and of rows, with Go's words for those that are not there.

import { GoDuration, isDuration, isNameOfMount, isOmitted, isOpenMap, zeroOf } from './go-types.ts';
import { TemplateError } from './scan.ts';

/** A key that a map of the engine's JSON does not have: false in a condition, an error when printed. */
export class Missing {
  readonly complaint: string;
  constructor(complaint: string) {
    this.complaint = complaint;
  }
}

/** Refuses what is missing. */
export function present(value: unknown): unknown {
  if (value instanceof Missing) throw new TemplateError(value.complaint);
  return value;
}

export function settle(value: unknown): unknown {
  return value instanceof Missing ? undefined : value;
}

export interface Reading {
  readonly names: readonly string[];
  /** The head of an error message. */
  readonly where: string;
  /** The outermost value and the Go type that errors name for it; 'map' for an answer of the engine. */
  readonly root: unknown;
  readonly type: string;
  /** Arguments (`.Label "x"`) belong to the last name of the chain. */
  readonly given: readonly unknown[];
}

export function readFields(value: unknown, reading: Reading): unknown {
  return reading.names.reduce((owner: unknown, _, index) => readOne(present(owner), index, reading), value);
}

function readOne(owner: unknown, index: number, reading: Reading): unknown {
  const { names, where, root, type } = reading;
  const name = names[index] ?? '';
  if (owner === undefined || owner === null) throw nothingThere(names, index, where);
  if (typeof owner !== 'object') {
    throw new TemplateError(`${where}: can't evaluate field ${name} in type interface {}`);
  }
  if (isDuration(owner, name)) return new GoDuration(Number(owner[name as keyof typeof owner] ?? 0));
  if (Object.hasOwn(owner, name)) {
    const value: unknown = owner[name as keyof typeof owner];
    if (typeof value !== 'function') return value;
    return callMethod(name, value, index === names.length - 1 ? reading.given : [], where);
  }
  if (owner === root && type !== 'map') {
    throw new TemplateError(`${where}: can't evaluate field ${name} in type ${type}`);
  }
  // Docker's templates name Go's fields, the API their JSON: `APIVersion` is `ApiVersion` there, `ID` is `Id`.
  const twin = Object.keys(owner).find((key) => key.toLowerCase() === name.toLowerCase());
  if (twin !== undefined) return owner[twin as keyof typeof owner];
  if (isOpen(names, index)) return undefined;
  if (isOmitted(name)) return zeroOf(name);
  if (isNameOfMount(owner, name)) return '';
  return new Missing(`${where}: map has no entry for key ${JSON.stringify(name)}`);
}

/** Docker's client looks again in the JSON, where a field that was left out is no field at all. */
function nothingThere(names: readonly string[], index: number, where: string): TemplateError {
  const before = names[index - 1] ?? '';
  if (isOmitted(before)) {
    return new TemplateError(`${where}: map has no entry for key ${JSON.stringify(before)}`);
  }
  return new TemplateError(`${where}: nil pointer evaluating interface {}.${names[index]}`);
}

/** All methods of rows take one argument. */
function callMethod(name: string, method: object, given: readonly unknown[], where: string): unknown {
  if (given.length !== 1 || typeof method !== 'function') {
    throw new TemplateError(`${where}: wrong number of args for ${name}: want 1 got ${given.length}`);
  }
  return method(...given);
}

/** `Config` is a map only below `LogConfig`. */
function isOpen(names: readonly string[], index: number): boolean {
  const parent = names[index - 1] ?? '';
  return isOpenMap(parent) && (parent !== 'Config' || names[index - 2] === 'LogConfig');
}
