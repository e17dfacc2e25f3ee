import t from 'tap';
import {
  API_VERSION,
  compareVersions,
  isApiVersion,
  olderThan,
  versionMeant,
} from '../../../src/api/version.ts';

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

t.test(
  'clients that take the newest version as their own are answered in one that they can read',
  async (t) => {
    const rows: [asked: string, userAgent: string, meant: string][] = [
      [API_VERSION, 'docker-sdk-python/5.0.3', '1.44'],
      [API_VERSION, 'docker-compose/1.29.2 docker-py/5.0.3 Linux/6.1', '1.44'],
      [API_VERSION, 'ansible-community.docker', '1.44'],
      ['1.54', 'docker-sdk-python/8.0.0', '1.54'],
      [API_VERSION, 'docker-compose/10.0.0', API_VERSION],
      [API_VERSION, 'Docker-Client/29.0.0 (linux)', API_VERSION],
      [API_VERSION, '', API_VERSION],
    ];
    for (const [asked, userAgent, meant] of rows) t.equal(versionMeant(asked, userAgent), meant, userAgent);
  },
);
