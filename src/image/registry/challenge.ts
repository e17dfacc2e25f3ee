/** What a registry asks for when it answers 401: RFC 9110, 11.6.1, and distribution's token authentication. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string;
  parameters: Record<string, string>;
}

/** The challenges of `WWW-Authenticate` headers, in order. What makes no sense is left out. */
export function parseChallenges(header: string | string[] | undefined): Challenge[] {
  return [header ?? []].flat().flatMap(parseHeader);
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const PARAMETER = /^[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;

function parseHeader(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = header;
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '');
    const scheme = TOKEN.exec(rest)?.[0];
    if (scheme === undefined) return challenges;
    rest = rest.slice(scheme.length);
    const parameters: Record<string, string> = {};
    for (let match = PARAMETER.exec(rest); match; match = PARAMETER.exec(rest)) {
      const [whole, name = '', quoted, bare] = match;
      parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
      rest = rest.slice(whole.length);
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
  }
}
