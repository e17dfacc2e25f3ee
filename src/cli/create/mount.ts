// The two spellings of a mount: `--mount type=bind,src=…,dst=…` and `-v source:target:mode`.

import { resolve } from 'node:path';
import type { Mount } from '../../api/mount.ts';
import { parseSize } from '../args/quantity.ts';
import { splitCsv } from './csv.ts';

interface Draft extends Omit<Mount, 'Type'> {
  Type: string;
  bind: Record<string, unknown>;
  volume: Record<string, unknown>;
  image: Record<string, unknown>;
  tmpfs: Record<string, unknown>;
}

type Setter = (draft: Draft, value: string, text: string) => void;

const truth = (key: string, value: string): boolean => {
  if (['1', 'true', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'false', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new Error(`invalid value for ${key}: ${value}`);
};

const setters: Readonly<Record<string, Setter>> = {
  type: (draft, value) => {
    draft.Type = value.toLowerCase();
  },
  source: (draft, value) => {
    draft.Source = /^\.\.?(\/|$)/.test(value) ? resolve(value) : value;
  },
  target: (draft, value) => {
    draft.Target = value;
  },
  readonly: (draft, value) => {
    draft.ReadOnly = truth('readonly', value);
  },
  consistency: (draft, value) => {
    draft.Consistency = value.toLowerCase() as Mount['Consistency'];
  },
  'bind-propagation': (draft, value) => {
    draft.bind.Propagation = value.toLowerCase();
  },
  'bind-nonrecursive': (draft, value) => {
    draft.bind.NonRecursive = truth('bind-nonrecursive', value);
  },
  'bind-recursive': (draft, value) => setRecursion(draft, value),
  'bind-create-mountpoint': (draft, value) => {
    draft.bind.CreateMountpoint = truth('bind-create-mountpoint', value);
  },
  'volume-nocopy': (draft, value) => {
    draft.volume.NoCopy = truth('volume-nocopy', value);
  },
  'volume-label': (draft, value) => {
    draft.volume.Labels = { ...(draft.volume.Labels as object), ...pair(value) };
  },
  'volume-subpath': (draft, value) => {
    draft.volume.Subpath = value;
  },
  'volume-driver': (draft, value) => {
    draft.volume.DriverConfig = { ...(draft.volume.DriverConfig as object), Name: value };
  },
  'volume-opt': (draft, value) => {
    const config = (draft.volume.DriverConfig ?? {}) as { Options?: object };
    draft.volume.DriverConfig = { ...config, Options: { ...config.Options, ...pair(value) } };
  },
  'image-subpath': (draft, value) => {
    draft.image.Subpath = value;
  },
  'tmpfs-size': (draft, value) => {
    draft.tmpfs.SizeBytes = sizeOf(value);
  },
  'tmpfs-mode': (draft, value) => {
    if (!/^[0-7]+$/.test(value)) throw new Error(`invalid value for tmpfs-mode: ${value}`);
    draft.tmpfs.Mode = Number.parseInt(value, 8);
  },
};

function sizeOf(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new Error(`invalid value for tmpfs-size: ${text}`, { cause: error });
  }
}

const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
};

/** Keys that may stand without a value. */
const switches = new Set(['readonly', 'volume-nocopy', 'bind-nonrecursive', 'bind-create-mountpoint']);

export function parseMount(text: string): Mount {
  const draft: Draft = { Type: 'volume', Target: '', bind: {}, volume: {}, image: {}, tmpfs: {} };
  for (const field of splitCsv(text)) setField(draft, field);
  if (draft.Type === '') throw new Error('type is required');
  if (draft.Target === '') throw new Error('target is required');
  checkKind(draft);
  const { bind, volume, image, tmpfs, ...plain } = draft;
  const options = { BindOptions: bind, VolumeOptions: volume, ImageOptions: image, TmpfsOptions: tmpfs };
  const used = Object.entries(options).filter(([, value]) => Object.keys(value).length > 0);
  return { ...plain, ...Object.fromEntries(used) } as Mount;
}

function setField(draft: Draft, field: string): void {
  const cut = field.indexOf('=');
  const typed = (cut < 0 ? field : field.slice(0, cut)).trim().toLowerCase();
  const key = aliases[typed] ?? typed;
  if (cut < 0 && !switches.has(key)) throw new Error(`invalid field '${field}' must be a key=value pair`);
  const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
  if (!setter) throw new Error(`unexpected key '${typed}' in '${field}'`);
  setter(draft, cut < 0 ? 'true' : field.slice(cut + 1), field);
}

function setRecursion(draft: Draft, value: string): void {
  if (value === 'enabled') return;
  if (value === 'disabled') draft.bind.NonRecursive = true;
  else if (value === 'writable') draft.bind.ReadOnlyNonRecursive = true;
  else if (value === 'readonly') draft.bind.ReadOnlyForceRecursive = true;
  else
    throw new Error(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
}

function checkKind(draft: Draft): void {
  for (const kind of ['bind', 'volume', 'image', 'tmpfs'] as const) {
    if (draft.Type !== kind && Object.keys(draft[kind]).length > 0) {
      throw new Error(`cannot mix '${kind}-*' options with mount type '${draft.Type}'`);
    }
  }
  if (draft.bind.ReadOnlyForceRecursive && draft.ReadOnly && draft.bind.Propagation !== 'rprivate') {
    throw new Error(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    );
  }
  const forced = draft.bind.ReadOnlyForceRecursive || draft.bind.ReadOnlyNonRecursive;
  if (forced && !draft.ReadOnly) {
    const word = draft.bind.ReadOnlyForceRecursive ? 'readonly' : 'writable';
    throw new Error(`option 'bind-recursive=${word}' requires 'readonly' to be specified in conjunction`);
  }
}

function pair(text: string): Record<string, string> {
  const cut = text.indexOf('=');
  return cut < 0 ? { [text]: '' } : { [text.slice(0, cut)]: text.slice(cut + 1) };
}

/** What the engine cannot say as well, for it does not see the whole. */
function checkVolume(spec: string): void {
  if (spec === '') throw new Error('invalid empty volume spec');
  const sections = spec.split(':');
  if (sections.length > 1 && sections.includes('')) {
    throw new Error(`invalid spec: ${spec}: empty section between colons`);
  }
  if (sections.length > 3) throw new Error(`invalid spec: ${spec}: too many colons`);
}

/** `-v` values: those with a source are binds (the engine reads the modes), the rest are anonymous volumes. */
export function splitVolumes(specs: readonly string[]): {
  binds: string[];
  anonymous: Record<string, object>;
} {
  const binds: string[] = [];
  const anonymous: Record<string, object> = {};
  // The same words twice are one volume, as they are to Docker's client.
  for (const spec of new Set(specs)) {
    checkVolume(spec);
    const cut = spec.indexOf(':');
    const source = spec.slice(0, cut);
    if (cut < 0) anonymous[spec] = {};
    else if (source === '.' || source.startsWith('./') || source.startsWith('../') || source === '..') {
      binds.push(resolve(source) + spec.slice(cut));
    } else binds.push(spec);
  }
  return { binds, anonymous };
}
