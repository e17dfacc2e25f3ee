/** The bar that dockerd draws into the `progress` field for clients that do not draw their own. */
const WIDTH = 50;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `[=====>      ]  1.05MB/2.1MB`; the count alone if the total is unknown. */
export function progressText({ current = 0, total = 0 }: { current?: number; total?: number }): string {
  if (current <= 0 && total <= 0) return '';
  if (total <= 0) return decimalSize(current).padStart(8);
  const done = Math.min(WIDTH, Math.trunc((current / total) * WIDTH));
  const numbers = `${decimalSize(current).padStart(8)}/${decimalSize(total)}`;
  return `[${'='.repeat(done)}>${' '.repeat(WIDTH - done)}] ${numbers}`;
}

/** Four significant digits, powers of 1000 (go-units HumanSize). */
function decimalSize(bytes: number): string {
  let unit = 0;
  let size = bytes;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${Number(size.toPrecision(4))}${UNITS[unit]}`;
}
