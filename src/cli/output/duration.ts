// Lengths of time for people: '3 minutes', 'About an hour'.

/** The longest unit that fits; `ms` is in milliseconds. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  const minutes = Math.trunc(ms / 60_000);
  const hours = Math.trunc(ms / 3_600_000 + 0.5);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(ms / 3_600_000 / 24 / 365)} years`;
}

/** Local time as Docker prints it: '2026-11-21 03:01:32 +0000 UTC'. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const shift = -date.getTimezoneOffset();
  const offset = `${shift < 0 ? '-' : '+'}${pad(Math.trunc(Math.abs(shift) / 60))}${pad(Math.abs(shift) % 60)}`;
  const local = new Date(ms + shift * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offset} ${zoneName(date, offset)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function zoneName(date: Date, offset: string): string {
  if (offset === '+0000') return 'UTC';
  const name = /\(([A-Z]{2,5})\)/.exec(date.toString())?.[1];
  return (
    name ??
    new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).format(date).split(' ').at(-1) ??
    offset
  );
}
