// Sizes for people, with as many digits as Docker shows.

const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** 1980000 is '1.98MB'. */
export function humanSize(bytes: number, digits = 4): string {
  return scaled(bytes, 1000, decimal, digits);
}

/** 1048576 is '1MiB'. */
export function binarySize(bytes: number, digits = 4): string {
  return scaled(bytes, 1024, binary, digits);
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${shortest(value, digits)}${units[unit]}`;
}

/** C's %.Ng: at most so many digits, no zeros at the end. */
export function shortest(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  if (text.includes('e'))
    return text.replace(/\.?0*e\+?(-?)(\d+)/, (_, sign, power) => `e${sign || '+'}${power.padStart(2, '0')}`);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
