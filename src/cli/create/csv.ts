// One line of comma separated values, where a value may stand in double quotes: `type=bind,"src=/a,b"`.

export function splitCsv(text: string): string[] {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(,|$)/.exec(rest);
    const plain = /^([^,]*)(,|$)/.exec(rest);
    const [whole = '', field = '', end = ''] = quoted ?? plain ?? [];
    fields.push(quoted ? field.replaceAll('""', '"') : field);
    rest = rest.slice(whole.length);
    if (end === '') return fields;
  }
}
