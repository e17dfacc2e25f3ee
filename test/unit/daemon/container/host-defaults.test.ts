/** What the daemon fills in where a container says nothing: one row for each case. */
import t from 'tap';
import { withHostDefaults } from '../../../../src/daemon/container/host-defaults.ts';
import type { Engine } from '../../../../src/daemon/engine.ts';

const NAMESPACES = [
  { version: 1, told: undefined, privileged: false, mode: 'host' },
  { version: 1, told: 'private', privileged: false, mode: 'private' },
  { version: 1, told: 'private', privileged: true, mode: 'host' },
  { version: 2, told: undefined, privileged: false, mode: 'private' },
  { version: 2, told: undefined, privileged: true, mode: 'private' },
  { version: 2, told: 'host', privileged: true, mode: 'host' },
] as const;

for (const { version, told, privileged, mode } of NAMESPACES)
  t.test(`cgroup v${version}, daemon ${told}, privileged ${privileged}: ${mode}`, async (t) => {
    const settings = { cgroupVersion: version, defaultCgroupnsMode: told, logOptions: {} };
    const engine = { settings } as unknown as Engine;
    t.equal(withHostDefaults(engine, { Privileged: privileged }).CgroupnsMode, mode);
    const asked = { Privileged: privileged, CgroupnsMode: 'private' };
    t.equal(withHostDefaults(engine, asked).CgroupnsMode, 'private', 'what is asked for is first');
  });

t.test('the out-of-memory killer: a choice on version 1 only', async (t) => {
  const shown = (cgroupVersion: number, asked?: boolean) => {
    const engine = { settings: { cgroupVersion, logOptions: {} } } as unknown as Engine;
    return withHostDefaults(engine, asked === undefined ? {} : { OomKillDisable: asked }).OomKillDisable;
  };
  t.strictSame([shown(1), shown(1, true), shown(2), shown(2, false)], [false, true, null, null]);
  t.equal(shown(2, true), true, 'to be warned of');
});
