/** Platforms as people write them: `linux/arm64/v8`, `linux/amd64`, `arm64`, `windows` (containerd: platforms.Parse). */
import { invalidArgument, notFound } from '../core/errors.ts';
import type { Platform } from './oci.ts';

const SYSTEMS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const ARCHITECTURES = new Set(
  '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'.split(
    ' ',
  ),
);

/** What other tools call them. */
const ALIASES: Record<string, Pick<Platform, 'architecture' | 'variant'>> = {
  i386: { architecture: '386' },
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** The engine's own platform, in Go's words. */
export function hostPlatform(): Platform {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386' };
  const variant = process.arch === 'arm64' ? 'v8' : process.arch === 'arm' ? 'v7' : undefined;
  return { os: 'linux', architecture: names[process.arch] ?? process.arch, variant };
}

/** Throws `invalid-argument` in Docker's words. */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/').map((part) => part.toLowerCase());
  const [first = '', second, variant] = parts;
  if (parts.length > 3) throw refused(text, 'cannot parse platform specifier');
  if (!parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) throw refused(text, 'an invalid component');
  if (second !== undefined) return { os: first, ...architectureOf(second, variant) };
  if (SYSTEMS.has(first)) return { ...hostPlatform(), os: first };
  const alone = architectureOf(first);
  if (ARCHITECTURES.has(alone.architecture)) return { os: 'linux', ...alone };
  throw refused(text, 'unknown operating system or architecture');
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** Whether an image is for the platform that is asked for; one without a variant is for all of them. */
export function suits(image: Platform, wanted: Platform): boolean {
  const sameVariant = !image.variant || !wanted.variant || image.variant === wanted.variant;
  return image.os === wanted.os && image.architecture === wanted.architecture && sameVariant;
}

export function otherPlatform(name: string, image: Platform, wanted: Platform) {
  return notFound(
    `image with reference ${name} was found but its platform (${platformText(image)}) does not match the specified platform (${platformText(wanted)})`,
  );
}

function architectureOf(name: string, variant?: string): Pick<Platform, 'architecture' | 'variant'> {
  const { architecture, variant: its } = ALIASES[name] ?? { architecture: name };
  return { architecture, variant: variant ?? its };
}

function refused(text: string, reason: string) {
  return invalidArgument(`"${text}": ${reason}: invalid argument`);
}
