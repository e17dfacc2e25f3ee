// Go's quoted strings and characters.

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

/** The value of `"…"`, of a raw string in back quotes, or of a character constant, which is a number. */
export function unquote(text: string): string | number | undefined {
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  const plain = inner.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|(.))/gi, (_, hex, wide, sign) =>
    sign === undefined ? String.fromCharCode(Number.parseInt(hex ?? wide, 16)) : (escapes[sign] ?? sign),
  );
  return text.startsWith("'") ? plain.codePointAt(0) : plain;
}
