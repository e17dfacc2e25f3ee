import t from 'tap';
import { configShown, hostConfigShown } from '../../../../src/daemon/container/shown-config.ts';

t.test('what Go leaves out when it is empty is absent, though a client sent it', async (t) => {
  const asked = { Test: ['CMD', 'true'], Interval: 5, Timeout: 0, Retries: null, StartPeriod: null };
  const shown = configShown({ NetworkDisabled: false, Healthcheck: asked, StopTimeout: 0 });
  t.notOk('NetworkDisabled' in shown);
  t.strictSame(shown.Healthcheck, { Test: ['CMD', 'true'], Interval: 5 });
  t.equal(shown.StopTimeout, 0, 'a pointer: 0 was asked for');
  t.equal(configShown({ NetworkDisabled: true }).NetworkDisabled, true);
  t.notOk('Healthcheck' in configShown({ Healthcheck: {} }));

  const mount = { Type: 'volume' as const, Target: '/m', Source: 'v', ReadOnly: false, VolumeOptions: {} };
  t.strictSame(hostConfigShown({ Mounts: [mount] }).Mounts, [
    { Type: 'volume', Target: '/m', Source: 'v', VolumeOptions: {} },
  ]);
  t.notOk('Mounts' in hostConfigShown({ Mounts: [] }));
});
