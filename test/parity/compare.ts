/** Where two answers differ, leaf by leaf. */
export interface Difference {
  /** `NetworkSettings.Ports.80/tcp[0].HostIp` */
  path: string;
  ours: unknown;
  theirs: unknown;
}

/** `mayDiffer` names paths to leave out; `*` stands for one key, `[]` for any index. */
export function differences(ours: unknown, theirs: unknown, mayDiffer: string[] = []): Difference[] {
  const left = new Map(leaves(ours, ''));
  const right = new Map(leaves(theirs, ''));
  const patterns = mayDiffer.map(toPattern);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => !patterns.some((pattern) => pattern.test(path)))
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => ({ path, ours: left.get(path), theirs: right.get(path) }));
}

function leaves(value: unknown, path: string): [string, unknown][] {
  if (value === null || typeof value !== 'object') return [[path, value]];
  const children = Array.isArray(value)
    ? value.map((item, index): [string, unknown] => [`${path}[${index}]`, item])
    : Object.entries(value).map(([key, item]): [string, unknown] => [path ? `${path}.${key}` : key, item]);
  if (children.length === 0) return [[path, Array.isArray(value) ? '[]' : '{}']];
  return children.flatMap(([childPath, item]) => leaves(item, childPath));
}

/** A path names all below it. */
function toPattern(path: string): RegExp {
  const source = path
    .replace(/[.+?^${}()|\\]/g, '\\$&')
    .replaceAll('[]', '\\[\\d+\\]')
    .replaceAll('*', '[^.[]+');
  return new RegExp(`^${source}(?:$|[.[])`);
}
