import t from 'tap';
import { familiarName, parseReference, parseTagged, wholeName } from '../../../src/image/reference.ts';

const HEX = 'ab'.repeat(32);
const DIGEST = `sha256:${HEX}`;

/** What a person types → whole name, familiar name. */
const NAMES: [string, string, string][] = [
  ['busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['library/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['docker.io/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['index.docker.io/library/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['a/b', 'docker.io/a/b:latest', 'a/b:latest'],
  ['docker.io/library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
  ['localhost/a', 'localhost/a:latest', 'localhost/a:latest'],
  ['localhost:5000/a', 'localhost:5000/a:latest', 'localhost:5000/a:latest'],
  ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
  ['127.0.0.1:5000/a/b/c:t', '127.0.0.1:5000/a/b/c:t', '127.0.0.1:5000/a/b/c:t'],
  ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000/a:latest'],
  ['Uppercase/a', 'Uppercase/a:latest', 'Uppercase/a:latest'],
  ['example.com/a__b/c--d.e_f:X.y-1', 'example.com/a__b/c--d.e_f:X.y-1', 'example.com/a__b/c--d.e_f:X.y-1'],
  [`a@${DIGEST}`, `docker.io/library/a@${DIGEST}`, `a@${DIGEST}`],
  [`a:t@${DIGEST}`, `docker.io/library/a:t@${DIGEST}`, `a:t@${DIGEST}`],
  ['cafe', 'docker.io/library/cafe:latest', 'cafe:latest'],
];

for (const [given, whole, familiar] of NAMES) {
  t.test(given, async (t) => {
    t.equal(wholeName(parseTagged(given)), whole);
    t.equal(familiarName(parseTagged(given)), familiar);
    t.equal(wholeName(parseTagged(whole)), whole, 'a whole name stands for itself');
  });
}

const REFUSED: [string, RegExp][] = [
  ['', /invalid reference format/],
  [':tag', /invalid reference format/],
  ['@sha256:abc', /invalid reference format/],
  ['Busybox', /repository name must be lowercase/],
  ['a/B', /repository name must be lowercase/],
  ['a//b', /invalid reference format/],
  ['/a', /invalid reference format/],
  ['a/', /invalid reference format/],
  ['../a', /invalid reference format/],
  ['a/..', /invalid reference format/],
  ['a___b', /invalid reference format/],
  ['-a', /invalid reference format/],
  ['a b', /invalid reference format/],
  ['a\0b', /invalid reference format/],
  ['a\n', /invalid reference format/],
  ['a:', /invalid reference format/],
  ['a:-t', /invalid reference format/],
  [`a:${'t'.repeat(129)}`, /invalid reference format/],
  ['a:t:u', /invalid reference format/],
  ['exa_mple.com:80/a', /invalid reference format/],
  [HEX, /cannot specify 64-byte hexadecimal strings/],
  [`a@sha256:${'a'.repeat(63)}`, /invalid checksum digest length/],
  [`a@sha512:${'a'.repeat(128)}`, /unsupported digest algorithm/],
  [`a@sha256:${'A'.repeat(64)}`, /invalid checksum|invalid reference/],
  [`${'a/'.repeat(127)}abc`, /must not be more than 255 characters/],
];

for (const [given, words] of REFUSED) {
  t.test(`refused: ${JSON.stringify(given).slice(0, 60)}`, async (t) => {
    t.throws(() => parseReference(given), words);
  });
}
