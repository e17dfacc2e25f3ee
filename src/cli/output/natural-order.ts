// Orders names as people would: numbers in them by value, everything else by character.

export function naturalOrder(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const numbers = /^\d/.test(part) && /^\d/.test(other) ? Number(part) - Number(other) : 0;
    return numbers || (part < other ? -1 : 1);
  }
  return left.length - right.length;
}

function split(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}
