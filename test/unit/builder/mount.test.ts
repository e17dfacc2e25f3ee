/** What the values of `RUN --mount` mean. */
import t from 'tap';
import { parseMount } from '../../../src/image/builder/dockerfile/mount.ts';

t.test('mounts', async (t) => {
  const base = { required: false };
  t.same(parseMount('type=cache,target=/c,id=x,sharing=locked,mode=0700,uid=1,gid=2'), {
    ...base,
    type: 'cache',
    target: '/c',
    id: 'x',
    sharing: 'locked',
    mode: 0o700,
    uid: 1,
    gid: 2,
    readonly: false,
  });
  t.same(parseMount('target=/x,rw'), { ...base, type: 'bind', target: '/x', readonly: false });
  t.same(parseMount('dst=/x,source="a,b"'.replace('source="a,b"', '"source=a,b"')), {
    ...base,
    type: 'bind',
    target: '/x',
    source: 'a,b',
    readonly: true,
  });
  t.same(parseMount('type=tmpfs,target=/t,size=64m'), {
    ...base,
    type: 'tmpfs',
    target: '/t',
    size: 64 * 1024 ** 2,
    readonly: false,
  });
  t.throws(() => parseMount('type=secret,env=KEY'), { message: /one of source, target required/ });
  t.same(parseMount('type=secret,id=k,env=KEY,required'), {
    type: 'secret',
    id: 'k',
    env: 'KEY',
    required: true,
    readonly: true,
  });
  t.match(parseMount('type=cache,target=$X'), { type: 'cache', target: undefined });
  t.match(
    parseMount('type=cache,target=$X', (word) => word.replace('$X', '/y')),
    { target: '/y' },
  );
  t.throws(() => parseMount('from=$X,target=/y'), { message: /doesn't support variable expansion/ });
  t.throws(() => parseMount('type=secret'), { message: /one of source, target required/ });
  t.throws(() => parseMount('type=bind,target=/x,mode=1'), { message: /mode not allowed/ });
});
