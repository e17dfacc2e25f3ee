import t from 'tap';
import { compareVersions, isApiVersion, olderThan } from '../../../src/api/version.ts';

t.test('versions are compared by number', async (t) => {
  t.ok(olderThan('1.9', '1.24'));
  t.notOk(olderThan('1.44', '1.44'));
  t.ok(olderThan('1.55', '2.0'));
  t.ok(compareVersions('1.44', '1.40') > 0);
});

t.test('what is a version', async (t) => {
  for (const text of ['1.24', '1.55']) t.ok(isApiVersion(text), text);
  for (const text of ['1', '1.', '1.2.3', 'v1.2', '', '1.99999']) t.notOk(isApiVersion(text), text);
});
