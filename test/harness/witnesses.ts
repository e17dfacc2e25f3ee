/**
 * Fetches the independent programs that tests ask about our work (skopeo, Podman, Debian's registry) into the cache, and
 * prints the folder to put on PATH: `scripts/test` does. Nothing is installed: none of their services starts on a machine
 * that only runs tests. Each is called through a line of shell that lets it find the libraries unpacked beside it.
 */
import { chmodSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unpacked } from './debian.ts';
import { cache } from './paths.ts';

/** The package of the program, and those that a bare Debian does not have. */
const PACKAGES = [
  ['skopeo', 'libgpgme11', 'libassuan0', 'libdevmapper1.02.1'],
  ['podman', 'libgpgme11', 'libassuan0', 'libdevmapper1.02.1', 'libsubid4'],
  ['docker-registry'],
];

const bin = join(cache, 'witnesses');
mkdirSync(bin, { recursive: true });
for (const packages of PACKAGES) {
  const root = await unpacked(...packages);
  const libraries = [...new Set(globSync(join(root, '{,usr/}lib/*/*.so*')).map(dirname))].join(':');
  for (const program of globSync(join(root, 'usr/bin/*'))) {
    const wrapper = join(bin, basename(program));
    writeFileSync(wrapper, `#!/bin/sh\nLD_LIBRARY_PATH=${libraries} exec ${program} "$@"\n`);
    chmodSync(wrapper, 0o755);
  }
}
process.stdout.write(`${bin}\n`);
