/**
 * Makes answers of two engines comparable: what must differ from run to run (ids, times, ports, addresses, pids)
 * becomes a name, so that equal things stay equal and different ones different.
 */
const NEVER = '0001-01-01T00:00:00Z';

const patterns: [name: string, pattern: RegExp][] = [
  ['digest', /sha256:[0-9a-f]{64}/g],
  ['id', /\b[0-9a-f]{64}\b/g],
  ['time', /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g],
  ['mac', /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g],
  ['address', /\b(?:10|172|192)(?:\.\d{1,3}){3}(?:\/\d+)?\b/g],
  ['port', /\b(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60[0-8]\d\d|609\d\d)\b/g],
  ['short id', /\b[0-9a-f]{12}\b/g],
];

/** The 20.10 client says this or not, by which of its two requests fails first. */
const raceOfTheClient = /time="[^"]*" level=error msg="error waiting for container: [^"]*"\n/;

/** Keys whose numbers are a moment's. */
const numbers: Record<string, string> = {
  Pid: 'pid',
  Created: 'time',
  time: 'time',
  timeNano: 'time',
  mtime: 'time',
};

export class Normaliser {
  readonly #names = new Map<string, string>();

  /** `where` says which answer this is; an id is called after the place where it was seen first. */
  apply(value: unknown, where: string, key = ''): unknown {
    if (typeof value === 'string') return this.#text(value, where);
    if (typeof value === 'number') return value > 1 && numbers[key] ? `<${numbers[key]}>` : value;
    if (Array.isArray(value)) return value.map((item, index) => this.apply(item, `${where}[${index}]`));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([name, item]) => [
      this.#text(name, `${where} key`),
      this.apply(item, `${where}.${name}`, name),
    ]);
    return Object.fromEntries(entries.sort(([a], [b]) => String(a).localeCompare(String(b))));
  }

  #text(text: string, where: string): string {
    let result = text.replace(raceOfTheClient, '');
    for (const [kind, pattern] of patterns)
      result = result.replace(pattern, (found) => (found === NEVER ? found : this.#name(kind, found, where)));
    return result;
  }

  #name(kind: string, found: string, where: string): string {
    if (kind === 'time') return '<time>';
    const known = kind === 'short id' ? this.#longOf(found) : this.#names.get(found);
    if (known) return known;
    const name = `<${kind} of ${where}>`;
    this.#names.set(found, name);
    return name;
  }

  /** `ab12…` is the short form of an id that was seen in full. */
  #longOf(short: string): string | undefined {
    const long = [...this.#names.keys()].find((id) => id.replace('sha256:', '').startsWith(short));
    return long && (this.#names.get(long) ?? '').replace('>', ', short>');
  }
}
