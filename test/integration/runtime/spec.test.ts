/** The default OCI config: valid by the specification's own schema, and what a process in it sees. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { defaultCapabilities } from '../../../src/runtime/spec/capabilities.ts';
import { hostSystem, readDefaultProfile, resolveSeccomp } from '../../../src/runtime/spec/seccomp.ts';
import { all, Client, lacking, makeProcess, makeSpec, openFixture } from './fixture.ts';

/** The published schema, which lies beside a checkout where it is developed. */
const SCHEMA =
  process.env.OCI_SCHEMA_DIR ?? join(import.meta.dirname, '../../../../shared/spec/oci-runtime/schema');

function fullSpec(args: string[]) {
  const spec = makeSpec(makeProcess(args));
  const profile = readDefaultProfile();
  if (profile) spec.linux.seccomp = resolveSeccomp(profile, defaultCapabilities(), hostSystem());
  spec.linux.resources = {
    ...spec.linux.resources,
    memory: { limit: 1e8 },
    cpu: { shares: 512 },
    pids: { limit: 9 },
  };
  return spec;
}

t.test('valid by the schema', { skip: existsSync(SCHEMA) ? false : `no schema at ${SCHEMA}` }, async (t) => {
  const ajv = new Ajv({ strict: false, validateSchema: false, logger: false });
  for (const name of readdirSync(SCHEMA)) {
    const { $schema: _, ...schema } = JSON.parse(readFileSync(join(SCHEMA, name), 'utf8'));
    ajv.addSchema({ ...schema, $id: basename(name) }, name);
  }
  const validate = ajv.getSchema('config-schema.json');
  if (!validate) return t.fail('the schema holds no config-schema.json');
  const made = JSON.parse(JSON.stringify(fullSpec(['true'])));
  t.ok(validate(made), JSON.stringify(validate.errors));
  t.notOk(validate({ ...made, mounts: 1 }), 'and the schema can refuse');
});

t.test('seen from inside', { skip: lacking() }, async (t) => {
  const { tasks, request } = await openFixture(t);
  const see = async (script: string) => {
    const client = new Client();
    const args = ['sh', '-c', script];
    const { task, attachments } = await tasks.start(request(args, { spec: () => fullSpec(args) }), [
      all(client),
    ]);
    const { code } = await task.exited;
    await attachments[0]?.done;
    await task.delete();
    return `${client.text}${code}`;
  };
  const status =
    'while read k v; do case $k in CapEff:|Seccomp:|NoNewPrivs:) echo $k $v;; esac; done < /proc/self/status';
  t.match(await see(status), /CapEff: 00000000a80425fb\n/, 'the default capabilities');
  if (readDefaultProfile()) t.match(await see(status), /Seccomp: 2\n/, 'a filter is on');
  t.match(await see('echo x > /proc/sys/kernel/hostname'), /Read-only file system/, 'read-only paths');
  t.match(await see('echo /sys/firmware/*'), /^\/sys\/firmware\/\*\n0$/, 'masked paths');
  t.match(await see('echo x > /dev/null; head -c1 /dev/zero > /dev/shm/a && echo $$'), /^1\n0$/);
});
