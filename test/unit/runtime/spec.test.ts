import t from 'tap';
import {
  capabilitiesFor,
  defaultCapabilities,
  effectiveCapabilities,
  ociCapabilities,
} from '../../../src/runtime/spec/capabilities.ts';
import { parseProfile, resolveSeccomp, type SeccompSystem } from '../../../src/runtime/spec/seccomp.ts';

const HOST = ['CAP_CHOWN', 'CAP_KILL', 'CAP_SYS_ADMIN'];

t.test('capabilitiesFor', async (t) => {
  const without = (...names: string[]) => defaultCapabilities().filter((name) => !names.includes(name));
  const rows: [title: string, choice: Parameters<typeof capabilitiesFor>[0], names: string[]][] = [
    ['the default', {}, defaultCapabilities()],
    ['privileged', { privileged: true, drop: ['ALL'] }, HOST],
    ['add', { add: ['sys_admin'] }, [...defaultCapabilities(), 'CAP_SYS_ADMIN']],
    ['add what is there', { add: ['CHOWN'] }, defaultCapabilities()],
    ['drop', { drop: ['cap_chown', 'KILL'] }, without('CAP_CHOWN', 'CAP_KILL')],
    ['drop all, add one', { drop: ['all'], add: ['NET_RAW'] }, ['CAP_NET_RAW']],
    ['add all, drop one', { add: ['ALL'], drop: ['SYS_ADMIN'] }, ['CAP_CHOWN', 'CAP_KILL']],
  ];
  for (const [title, choice, names] of rows) {
    t.strictSame(capabilitiesFor({ ...choice, available: HOST }), names, title);
  }
  t.throws(() => capabilitiesFor({ add: ['fly'] }), {
    kind: 'invalid-argument',
    message: 'invalid CapAdd: unknown capability: "CAP_FLY"',
  });
  t.strictSame(ociCapabilities(HOST, 1000), { bounding: HOST }, 'a user gains nothing at once');
  t.strictSame(effectiveCapabilities('CapEff:\t0000000000000021\n'), ['CAP_CHOWN', 'CAP_KILL']);
});

t.test('resolveSeccomp', async (t) => {
  const system: SeccompSystem = {
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    goArchitecture: 'amd64',
    kernel: '6.1.0-9-amd64',
    isKnown: (name) => name !== 'riscv_only',
  };
  const profile = parseProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [
        { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
        { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
      ],
      syscalls: [
        { names: ['read', 'riscv_only'], action: 'SCMP_ACT_ALLOW', args: [] },
        { names: ['riscv_only'], action: 'SCMP_ACT_ALLOW' },
        { names: ['vanish'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
        { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
        { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_ADMIN'] } },
        { names: ['arm_call'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm64'] } },
        { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
        { names: ['later'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '6.10' } },
        { name: 'old_form', action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
      ],
    }),
  );
  const filter = resolveSeccomp(profile, ['CAP_CHOWN'], system);
  t.strictSame(filter.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], 'those that run here');
  t.strictSame(filter.syscalls, [
    { names: ['read'], action: 'SCMP_ACT_ALLOW' },
    { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
    { names: ['ptrace'], action: 'SCMP_ACT_ALLOW' },
    { names: ['old_form'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
  ]);
  const admin = resolveSeccomp(profile, ['CAP_SYS_ADMIN'], system);
  t.match(admin.syscalls, [{}, { names: ['mount'], action: 'SCMP_ACT_ALLOW' }]);
  t.throws(() => parseProfile('{'), {
    kind: 'invalid-argument',
    message: /^Decoding seccomp profile failed/,
  });
  t.throws(() => parseProfile('{"architectures":["a"],"archMap":[{}],"defaultAction":"x"}'), {
    message: /use either 'architectures' or 'archMap'/,
  });
});
