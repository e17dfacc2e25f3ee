import { execFileSync } from 'node:child_process';
import t from 'tap';
import type { HostConfig } from '../../../../src/api/container.ts';
import {
  appArmorProfile,
  parseSecurityOptions,
  validateSecurityOptions,
} from '../../../../src/daemon/container/spec/security.ts';
import type { Engine } from '../../../../src/daemon/engine.ts';
import { type AppArmor, PROFILE } from '../../../../src/runtime/spec/apparmor.ts';
import { findProgram, requires } from '../../../harness/requires.ts';

const engine = (appArmor: AppArmor | undefined) => ({ appArmor }) as Engine;
const WITH = engine({ ready: async () => {} });
const WITHOUT = engine(undefined);

t.test('--security-opt', async (t) => {
  const rows: [string[], object][] = [
    [[], {}],
    [['no-new-privileges'], { noNewPrivileges: true }],
    [['no-new-privileges:false'], { noNewPrivileges: false }],
    [['seccomp=unconfined'], { seccomp: 'unconfined' }],
    [['apparmor=mine', 'label=disable'], { appArmor: 'mine' }],
    [['apparmor:mine'], { appArmor: 'mine' }],
  ];
  for (const [options, parsed] of rows)
    t.strictSame(parseSecurityOptions(options), parsed, options.join(' '));
  for (const option of ['nope', 'label=type:x', 'no-new-privileges=maybe', ''])
    t.throws(
      () => parseSecurityOptions([option]),
      { message: /^invalid --security-opt|^SELinux is not|^no-new/ },
      option,
    );
});

t.test('which AppArmor profile a container gets', async (t) => {
  const rows: [HostConfig, string][] = [
    [{}, 'docker-default'],
    [{ SecurityOpt: ['apparmor='] }, 'docker-default'],
    [{ Privileged: true }, 'unconfined'],
    [{ SecurityOpt: ['apparmor=unconfined'] }, 'unconfined'],
    [{ SecurityOpt: ['apparmor=mine'] }, 'mine'],
    [{ SecurityOpt: ['apparmor=mine'], Privileged: true }, 'mine'],
  ];
  for (const [hostConfig, profile] of rows) {
    const said = JSON.stringify(hostConfig);
    t.equal(appArmorProfile(WITH, hostConfig), profile, said);
    t.equal(appArmorProfile(WITHOUT, hostConfig), undefined, `${said}, without AppArmor`);
    t.doesNotThrow(() => validateSecurityOptions(WITH, hostConfig), said);
    const refused = hostConfig.SecurityOpt?.includes('apparmor=mine');
    const validate = () => validateSecurityOptions(WITHOUT, hostConfig);
    if (refused) t.throws(validate, { message: /^apparmor is not enabled/ }, said);
    else t.doesNotThrow(validate, said);
  }
});

t.test('the profile is one', { skip: requires('apparmor_parser') }, async (t) => {
  const parser = findProgram('apparmor_parser') ?? '';
  const said = execFileSync(parser, ['--names', '--skip-cache'], { input: PROFILE, encoding: 'utf8' });
  t.equal(said, 'docker-default\n');
});
