import t from 'tap';
import { hostPlatform, parsePlatform, suits } from '../../../src/image/platform.ts';

t.test('platforms as people write them', async (t) => {
  const rows: [text: string, want: object][] = [
    ['linux/amd64', { os: 'linux', architecture: 'amd64', variant: undefined }],
    ['Linux/x86_64', { os: 'linux', architecture: 'amd64', variant: undefined }],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/armhf', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
    ['aarch64', { os: 'linux', architecture: 'arm64', variant: undefined }],
    ['riscv64', { os: 'linux', architecture: 'riscv64', variant: undefined }],
    ['windows', { ...hostPlatform(), os: 'windows' }],
    ['foo/bar', { os: 'foo', architecture: 'bar', variant: undefined }],
  ];
  for (const [text, want] of rows) t.same(parsePlatform(text), want, text);
});

t.test('and as they are refused', async (t) => {
  const rows: [text: string, message: string][] = [
    ['foobar', '"foobar": unknown operating system or architecture: invalid argument'],
    ['x/y/z/w', '"x/y/z/w": cannot parse platform specifier: invalid argument'],
    ['linux/', '"linux/": an invalid component: invalid argument'],
    ['linux/am d64', '"linux/am d64": an invalid component: invalid argument'],
  ];
  for (const [text, message] of rows)
    t.throws(() => parsePlatform(text), { kind: 'invalid-argument', message });
});

t.test('which images suit', async (t) => {
  const arm = { os: 'linux', architecture: 'arm' };
  t.ok(suits(arm, { ...arm, variant: 'v7' }), 'one without a variant is for all');
  t.ok(suits({ ...arm, variant: 'v6' }, arm));
  t.notOk(suits({ ...arm, variant: 'v6' }, { ...arm, variant: 'v7' }));
  t.notOk(suits(arm, { ...arm, os: 'windows' }));
});
