/** API versions: `1.24` to `1.55`. Free of imports: daemon and CLI both use it. */
export const MIN_API_VERSION = '1.24';
export const API_VERSION = '1.55';

const VERSION = /^(\d{1,4})\.(\d{1,4})$/;

export function isApiVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Below zero if `a` is older than `b`. Both must be versions. */
export function compareVersions(a: string, b: string): number {
  return rank(a) - rank(b);
}

export function olderThan(version: string, bound: string): boolean {
  return compareVersions(version, bound) < 0;
}

/**
 * The version whose answers a client can read. docker-py, and what is made of it (docker-compose 1, Ansible), asks in
 * the newest version that the daemon names, whatever that is, and looks for what stood there when it was written: the
 * `id` of an event, `NetworkSettings.IPAddress`.
 */
export function versionMeant(asked: string, userAgent: string): string {
  return asked === API_VERSION && FOLLOWS_THE_NEWEST.test(userAgent) ? NEWEST_KNOWN_TO_THEM : asked;
}

const FOLLOWS_THE_NEWEST = /^(docker-sdk-python|docker-compose\/1|ansible-community\.docker)\b/;
const NEWEST_KNOWN_TO_THEM = '1.44';

function rank(version: string): number {
  const [, major, minor] = VERSION.exec(version) ?? [];
  return Number(major) * 10_000 + Number(minor);
}
