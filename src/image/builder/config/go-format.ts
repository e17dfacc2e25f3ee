/** Go's fmt verbs, as far as they show in Docker's image histories: `%q` and `%v`. */

const ESCAPES: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** `%q` of a string: strconv.Quote. */
export function quote(text: string): string {
  return `"${Array.from(text, (char) => (char === '"' ? '\\"' : escapeChar(char))).join('')}"`;
}

/** `%q` of a list: `["a" "b"]`. */
export function quoteList(words: readonly string[]): string {
  return `[${words.map(quote).join(' ')}]`;
}

/** `%v` of a list: `[a b]`. */
export function plainList(words: readonly string[]): string {
  return `[${words.join(' ')}]`;
}

/** `%q` of a number: Go takes it for a character, `'\x03'`. */
export function quoteRune(number: number): string {
  const char = String.fromCodePoint(number);
  return `'${char === "'" ? "\\'" : escapeChar(char)}'`;
}

function escapeChar(char: string): string {
  const known = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
  if (known) return known;
  if (char === ' ' || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  const digits = code.toString(16);
  return code > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
