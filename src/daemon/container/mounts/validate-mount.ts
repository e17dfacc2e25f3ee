/** `--mount`: what each type needs, and what it cannot have. */
import type { Mount } from '../../../api/container.ts';
import { mountFault, PROPAGATIONS } from './target.ts';
import { parseTmpfsOptions } from './tmpfs-options.ts';

const OWN_OPTIONS = {
  bind: 'BindOptions',
  volume: 'VolumeOptions',
  tmpfs: 'TmpfsOptions',
  image: 'ImageOptions',
} as const;

/** Throws `invalid-argument`. The target is checked where it is cleaned (target.ts). */
export function validateMount(mount: Mount): void {
  const type = mount.Type ?? '';
  if (!(type in OWN_OPTIONS)) throw mountFault(type, 'mount type unknown');
  for (const [other, options] of Object.entries(OWN_OPTIONS)) {
    if (other !== type && mount[options]) throw mountFault(type, `field ${options} must not be specified`);
  }
  if (type === 'bind') validateBind(mount);
  if (type === 'tmpfs') validateTmpfs(mount);
  if (type === 'volume' && !mount.Source && mount.VolumeOptions?.Subpath)
    throw mountFault(type, 'must not set Subpath when using anonymous volumes');
}

function validateBind({ Source, ReadOnly, BindOptions }: Mount): void {
  if (!Source) throw mountFault('bind', 'field Source must not be empty');
  if (!Source.startsWith('/'))
    throw mountFault('bind', `invalid mount path: '${Source}' mount path must be absolute`);
  const { Propagation, ReadOnlyNonRecursive, ReadOnlyForceRecursive } = BindOptions ?? {};
  if (Propagation && !PROPAGATIONS.includes(Propagation))
    throw mountFault('bind', `invalid propagation mode: ${Propagation}`);
  if (ReadOnlyForceRecursive && !ReadOnly)
    throw mountFault('bind', 'mount must be read-only when ReadOnlyForceRecursive is set');
  if (ReadOnlyForceRecursive && ReadOnlyNonRecursive)
    throw mountFault('bind', 'ReadOnlyForceRecursive and ReadOnlyNonRecursive exclude each other');
  if (ReadOnlyForceRecursive && Propagation && !Propagation.endsWith('private'))
    throw mountFault('bind', 'ReadOnlyForceRecursive requires Propagation to be private');
}

function validateTmpfs({ Source, TmpfsOptions }: Mount): void {
  if (Source) throw mountFault('tmpfs', 'field Source must not be specified');
  if ((TmpfsOptions?.SizeBytes ?? 0) < 0) throw mountFault('tmpfs', 'tmpfs size must not be negative');
  parseTmpfsOptions((TmpfsOptions?.Options ?? []).map((option) => option.join('=')).join(','));
}
