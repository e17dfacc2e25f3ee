/** The guest's first root: busybox and the modules with which it finds the host's files, in a cpio archive. */
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { findProgram } from '../../harness/requires.ts';

/** Virtual devices, the host's files over 9P, what is written above them, and the disk. */
const MODULES = ['virtio_pci', 'virtio_blk', '9pnet_virtio', '9p', 'overlay', 'crc32c_generic', 'ext4'];

/** Where the kernel loads nothing by itself yet: the host's files read-only, and above them what is lost at the end. */
const script = (modules: string[]) => `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs devtmpfs /dev
for module in ${modules.join(' ')}; do /bin/busybox insmod /$module; done
/bin/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,noxattr,msize=512000 host /host
/bin/busybox mount -t tmpfs tmpfs /fresh
/bin/busybox mkdir /fresh/upper /fresh/work
/bin/busybox mount -t overlay -o lowerdir=/host,upperdir=/fresh/upper,workdir=/fresh/work overlay /root
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root "$@"
`;

/** `kernel`: the unpacked package of a kernel, and kmod. Path of the archive, made in `folder`. */
export async function makeInitrd(folder: string, kernel: string): Promise<string> {
  const release = basename(globSync(join(kernel, 'lib/modules/*'))[0] ?? '');
  const modules = join(kernel, 'lib/modules', release);
  // kmod is what its name says it is.
  await execa(join(kernel, 'bin/kmod'), ['-b', kernel, release], { argv0: 'depmod' });
  const root = join(folder, 'initrd');
  for (const directory of ['bin', 'dev', 'host', 'fresh', 'root'])
    mkdirSync(join(root, directory), { recursive: true });
  copyFileSync(findProgram('busybox') ?? '', join(root, 'bin/busybox'));
  const table = readFileSync(join(modules, 'modules.dep'), 'utf8');
  const files = [...new Set(MODULES.flatMap((name) => withNeeds(table, name)))];
  for (const file of files) copyFileSync(join(modules, file), join(root, basename(file)));
  writeFileSync(join(root, 'init'), script(files.map((file) => basename(file))));
  chmodSync(join(root, 'init'), 0o755);
  const archive = join(folder, 'initrd.cpio');
  const names = globSync('**', { cwd: root }).join('\n');
  await execa('busybox', ['cpio', '-o', '-H', 'newc'], {
    cwd: root,
    input: names,
    stdout: { file: archive },
  });
  return archive;
}

/** A line of modules.dep(5) is a module and what it needs, what is to be loaded first last. */
function withNeeds(table: string, name: string): string[] {
  const line = table.split('\n').find((entry) => entry.split(':', 1)[0]?.endsWith(`/${name}.ko`)) ?? '';
  return line.replace(':', '').split(' ').filter(Boolean).reverse();
}
