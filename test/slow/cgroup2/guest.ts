/**
 * A machine with nothing but cgroup version 2, for hosts that have version 1: Debian's kernel under QEMU's emulation, with
 * this host's files as its root. What it writes there is lost with it. `node test/slow/cgroup2/guest.ts COMMAND…` runs a
 * command in the checkout, as root; its output is the guest's console.
 */
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { builtinImage } from '../../harness/builtin-image.ts';
import { unpacked } from '../../harness/debian.ts';
import { debianDocker } from '../../harness/docker-cli.ts';
import { skiffd } from '../../harness/paths.ts';
import { makeInitrd } from './initrd.ts';

/** The emulator, and the libraries that a bare Debian does not have. */
const QEMU = [
  ...['qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'seabios', 'ipxe-qemu', 'libaio1'],
  ...['libbrlapi0.8', 'libcacard0', 'libcapstone4', 'libdaxctl1', 'libepoxy0', 'libfdt1', 'liborc-0.4-0'],
  ...['libgstreamer-plugins-base1.0-0', 'libnl-3-200', 'libnl-route-3-200', 'libibverbs1', 'libndctl6'],
  ...['libopus0', 'libpmem1', 'librdmacm1', 'libsndio7.0', 'libspice-server1', 'liburing2', 'libusb-1.0-0'],
  ...['libusbredirparser1', 'libvdeplug2'],
];
const init = join(import.meta.dirname, 'init');

/** Resolves to the command's exit code; -1 if the guest ended without one. */
export async function runInGuest(command: string[]): Promise<number> {
  const [qemu, kernel] = await fetchPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'skiff-guest-'));
  try {
    const disk = join(folder, 'disk');
    await execa('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', disk, '6G']);
    const initrd = await makeInitrd(folder, kernel);
    const words = ['console=ttyS0', 'quiet', 'panic=-1', 'mitigations=off', 'cgroup_no_v1=all'];
    return await boot(qemu, [
      ...['-kernel', globSync(join(kernel, 'boot/vmlinuz-*'))[0] ?? '', '-initrd', initrd],
      ...['-append', [...words, '--', init, kernel, ...command].join(' ')],
      ...['-drive', `file=${disk},if=virtio,format=raw,cache=unsafe`],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What tests would build or fetch, too: that takes long in the guest, and it has no network. */
async function fetchPrograms(): Promise<[qemu: string, kernel: string]> {
  await execa(skiffd, ['--version']);
  await builtinImage();
  await debianDocker();
  const { stdout } = await execa('apt-cache', ['depends', '--important', 'linux-image-amd64']);
  const image = /Depends: (linux-image-\S+)/.exec(stdout)?.[1] ?? 'linux-image-amd64';
  return [await unpacked(...QEMU), await unpacked(image, 'kmod')];
}

/** Two processors, since limits name them; a host's file system is shared without being written to. */
async function boot(qemu: string, machine: string[]): Promise<number> {
  const share = 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap';
  const firmware = ['seabios', 'qemu'].flatMap((name) => ['-L', join(qemu, 'usr/share', name)]);
  const libraries = [...new Set(globSync(join(qemu, '{,usr/}lib/*/*.so*')).map(dirname))].join(':');
  const program = ['nice', join(qemu, 'usr/bin/qemu-system-x86_64'), ...firmware];
  const guest = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', ...program, '-accel', 'tcg', '-cpu', 'max', '-smp', '2', '-m', '2500'],
      ...[
        '-display',
        'none',
        '-vga',
        'none',
        '-serial',
        'stdio',
        '-no-reboot',
        '-nic',
        'none',
        '-virtfs',
        share,
        ...machine,
      ],
    ],
    { env: { ...process.env, LD_LIBRARY_PATH: libraries }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let code = -1;
  for await (const line of createInterface(guest.stdout)) {
    const ended = /^guest: exit code (\d+)/.exec(line)?.[1];
    if (ended === undefined) console.log(line);
    else code = Number(ended);
  }
  return code;
}

if (import.meta.main) process.exitCode = await runInGuest(process.argv.slice(2));
