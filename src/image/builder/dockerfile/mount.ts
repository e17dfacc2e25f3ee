/** `RUN --mount=type=…`: what else is in the container's tree while a step runs, and never in its layer. */
import { Fault, suggest } from './fault.ts';

export const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
export type MountType = (typeof MOUNT_TYPES)[number];
export const SHARING = ['shared', 'private', 'locked'] as const;
export type Sharing = (typeof SHARING)[number];

export interface BuildMount {
  type: MountType;
  /** Stage or image; absent: the context, or for a cache nothing. */
  from?: string;
  source?: string;
  target?: string;
  readonly: boolean;
  id?: string;
  sharing?: Sharing;
  required: boolean;
  /** Bytes, of a tmpfs. */
  size?: number;
  mode?: number;
  uid?: number;
  gid?: number;
  /** The secret's value goes into this variable. */
  env?: string;
}

type Draft = Omit<BuildMount, 'readonly'> & { readonly?: boolean };

/**
 * Without `expand` (while parsing) values that hold a variable are passed over; they are read when the step runs.
 * Throws Fault in BuildKit's words.
 */
export function parseMount(value: string, expand?: (word: string) => string): BuildMount {
  const draft: Draft = { type: 'bind', required: false };
  const fields = splitCsv(value).map((field) => splitField(field));
  // The type decides what the other keys may be, so it is read first.
  const ordered = [
    ...fields.filter(({ key }) => key === 'type'),
    ...fields.filter(({ key }) => key !== 'type'),
  ];
  for (const field of ordered) {
    if (expand === undefined && field.value?.includes('$')) {
      if (field.key !== 'from') continue;
      throw new Fault("'from' doesn't support variable expansion, define alias stage instead", field.value);
    }
    setField(
      draft,
      field.key,
      field.value === undefined ? undefined : (expand?.(field.value) ?? field.value),
    );
  }
  return checked(draft, expand !== undefined || !value.includes('$'));
}

/** RFC 4180's quoting, one record. */
function splitCsv(text: string): string[] {
  const fields: string[] = [];
  const field = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/y;
  if (text === '') return [];
  for (let match = field.exec(text); match; match = field.lastIndex < text.length ? field.exec(text) : null) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return fields;
}

function splitField(field: string): { key: string; value: string | undefined } {
  const equals = field.indexOf('=');
  if (equals < 0) return { key: field.toLowerCase(), value: undefined };
  return { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
}

type Setter = (draft: Draft, value: string, key: string) => void;

const SETTERS: Record<string, Setter> = {
  type: (draft, value) => {
    draft.type = oneOf(MOUNT_TYPES, value, 'unsupported mount type');
  },
  from: (draft, value) => {
    draft.from = value;
  },
  source: (draft, value) => {
    draft.source = value;
  },
  target: (draft, value) => {
    draft.target = value;
  },
  readonly: (draft, value, key) => {
    draft.readonly = booleanOf(key, value);
  },
  readwrite: (draft, value, key) => {
    draft.readonly = !booleanOf(key, value);
  },
  required: (draft, value, key) => {
    onlyFor(draft, key, 'secret', 'ssh');
    draft.required = booleanOf(key, value);
  },
  size: (draft, value, key) => {
    onlyFor(draft, key, 'tmpfs');
    draft.size = sizeOf(key, value);
  },
  id: (draft, value) => {
    draft.id = value;
  },
  sharing: (draft, value) => {
    draft.sharing = oneOf(SHARING, value, 'unsupported sharing value');
  },
  mode: (draft, value) => {
    draft.mode = integer(value, 'mode', 8);
  },
  uid: (draft, value) => {
    draft.uid = integer(value, 'uid', 10);
  },
  gid: (draft, value) => {
    draft.gid = integer(value, 'gid', 10);
  },
  env: (draft, value, key) => {
    onlyFor(draft, key, 'secret');
    draft.env = value;
  },
};

const ALIASES: Record<string, string> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

const FLAG_KEYS = ['readonly', 'readwrite', 'required'];

function setField(draft: Draft, written: string, value: string | undefined): void {
  const key = (Object.hasOwn(ALIASES, written) ? ALIASES[written] : undefined) ?? written;
  const setter = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined;
  if (value === undefined && !FLAG_KEYS.includes(key)) {
    throw new Fault(`invalid field '${written}' must be a key=value pair`, written);
  }
  if (!setter) {
    const hint = suggest(written, [...Object.keys(SETTERS), ...Object.keys(ALIASES)]);
    throw new Fault(`unexpected key '${written}' in '${written}=${value}'${hint}`, written);
  }
  setter(draft, value ?? 'true', written);
}

/** `complete`: every value is known, so that what depends on several can be judged. */
function checked(draft: Draft, complete: boolean): BuildMount {
  const { type } = draft;
  if (type === 'bind' || type === 'tmpfs') {
    for (const key of ['mode', 'uid', 'gid'] as const) {
      if (draft[key] !== undefined) throw new Fault(`${key} not allowed for "${type}" type mounts`, key);
    }
  }
  if (draft.sharing && type !== 'cache')
    throw new Fault(`invalid cache sharing set for ${type} mount`, 'sharing');
  if (type === 'secret') checkSecret(draft, complete);
  else if (type !== 'ssh' && draft.target === undefined && complete)
    throw new Fault(`${type} mount requires a target`, type);
  return { ...draft, readonly: draft.readonly ?? !(type === 'cache' || type === 'tmpfs') };
}

function checkSecret({ from, source, target, id }: Draft, complete: boolean): void {
  if (from !== undefined) throw new Fault('secret mount should not have a from', 'from');
  if (source !== undefined && id !== undefined) throw new Fault("both source and id can't be set", 'source');
  if (complete && source === undefined && target === undefined && id === undefined) {
    throw new Fault('invalid secret mount. one of source, target required', 'secret');
  }
}

function oneOf<T extends string>(known: readonly T[], value: string, complaint: string): T {
  const found = known.find((candidate) => candidate === value.toLowerCase());
  if (found) return found;
  throw new Fault(`${complaint} ${JSON.stringify(value)}${suggest(value, known)}`, value);
}

function onlyFor(draft: Draft, key: string, ...types: MountType[]): void {
  if (types.includes(draft.type)) return;
  throw new Fault(`unexpected key '${key}' for mount type '${draft.type}'`, key);
}

/** Go's strconv.ParseBool. */
function booleanOf(key: string, value: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new Fault(`invalid value for ${key}: ${value}`, value);
}

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/** `64m`, `1GiB`: powers of 1024. */
function sizeOf(key: string, value: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(value) ?? [];
  if (amount === undefined) throw new Fault(`invalid value for ${key}: ${value}`, value);
  return Math.floor(Number(amount) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}

function integer(value: string, name: string, radix: 8 | 10): number {
  if (!(radix === 8 ? /^[0-7]{1,11}$/ : /^\d{1,10}$/).test(value)) {
    throw new Fault(`invalid value ${value} for ${name}`, value);
  }
  return Number.parseInt(value, radix);
}
