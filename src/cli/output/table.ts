// Columns of text, padded as Docker's tables are: three spaces between, none narrower than ten in all.

const minimum = 10;
const padding = 3;

/** The last cell of a row is not padded; `least` is the least width of a column with its gap. */
export function renderTable(rows: readonly (readonly string[])[], least = minimum, gap = padding): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? least, displayLength(cell) + gap);
    }
  }
  return rows
    .map((row) => `${row.map((cell, column) => padCell(cell, row, column, widths)).join('')}\n`)
    .join('');
}

function padCell(cell: string, row: readonly string[], column: number, widths: readonly number[]): string {
  if (column === row.length - 1) return cell;
  return cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayLength(cell)));
}

/** Counted in characters, not in UTF-16 units. */
function displayLength(text: string): number {
  return /^[\0-\x7f]*$/.test(text) ? text.length : [...text].length;
}

/** At most `width` characters, the last of them an ellipsis when something was cut. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return width <= 1 ? characters.slice(0, width).join('') : `${characters.slice(0, width - 1).join('')}…`;
}

export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
