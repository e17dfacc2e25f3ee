/**
 * Which ARG has which value where. A stage sees what it (or the stage it is built on) declares; the value is the
 * client's, else the declaration's default, else that of the ARG of the same name before the first FROM.
 */

/** Usable in every stage without being declared; their values stay out of history and cache unless they are. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** Never complained about when no ARG declares it. */
const ALWAYS_KNOWN = [...PROXIES, 'SOURCE_DATE_EPOCH'];

export interface ArgScope {
  /** From the client. */
  readonly given: ReadonlyMap<string, string>;
  /** Declared before the first FROM, and the platform's. */
  readonly global: ReadonlyMap<string, string>;
  /** Declared here, with its default if it has one. */
  readonly declared: ReadonlyMap<string, string | undefined>;
}

export function declareArg(scope: ArgScope, name: string, fallback: string | undefined): ArgScope {
  return { ...scope, declared: new Map([...scope.declared, [name, fallback]]) };
}

/** For the ARGs before the first FROM: each becomes a global once it has a value. */
export function declareGlobal(scope: ArgScope, name: string, fallback: string | undefined): ArgScope {
  const value = scope.given.get(name) ?? fallback;
  return value === undefined ? scope : { ...scope, global: new Map([...scope.global, [name, value]]) };
}

/** Name and value of all that a step can see, sorted by name; a variable of the image hides an ARG of its name. */
export function visibleArgs(scope: ArgScope, env: readonly string[]): [name: string, value: string][] {
  const hidden = new Set(env.map((pair) => pair.slice(0, pair.indexOf('='))));
  const names = new Set([...scope.declared.keys(), ...PROXIES.filter((name) => scope.given.has(name))]);
  return [...names]
    .filter((name) => !hidden.has(name))
    .map((name): [string, string | undefined] => [name, argValue(scope, name)])
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** For a command: programs differ in how they spell the variables of a proxy, so it has them both ways. */
export function commandArgs(scope: ArgScope, env: readonly string[]): [name: string, value: string][] {
  const visible = visibleArgs(scope, env);
  const known = new Set([...visible.map(([name]) => name), ...env.map((pair) => pair.split('=')[0])]);
  const respelled = visible
    .filter(([name]) => PROXIES.includes(name))
    .map(([name, value]): [string, string] => [otherCase(name), value]);
  return [...visible, ...respelled.filter(([name]) => !known.has(name))];
}

const otherCase = (name: string) => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase());

/** What of it is written into history and the cache's keys. */
export function recordedArgs(scope: ArgScope, env: readonly string[]): [name: string, value: string][] {
  return visibleArgs(scope, env).filter(([name]) => scope.declared.has(name) || !PROXIES.includes(name));
}

/** For the expansion of an instruction's words. */
export function lookupIn(scope: ArgScope, env: readonly string[]): (name: string) => string | undefined {
  const values = new Map(visibleArgs(scope, env));
  for (const pair of env) {
    const equals = pair.indexOf('=');
    if (equals > 0) values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return (name) => values.get(name);
}

/** Names that the client gave and nothing declares: likely a misspelling. */
export function unusedArgs(given: Iterable<string>, declared: ReadonlySet<string>): string[] {
  return [...given].filter((name) => !declared.has(name) && !ALWAYS_KNOWN.includes(name)).sort();
}

function argValue({ given, global, declared }: ArgScope, name: string): string | undefined {
  return given.get(name) ?? declared.get(name) ?? global.get(name);
}
