const KIB = 1_024;
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 GiB` */
export function bytes(count: number): string {
  const power =
    count < 1 ? 0 : Math.min(Math.floor(Math.log(count) / Math.log(KIB)), UNITS.length - 1);
  return `${round(count / KIB ** power)} ${UNITS[power]}`;
}

const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `3 days`, `0.4 ms`: the one unit that a person would say. */
export function span(ms: number): string {
  const size = Math.abs(ms);
  const [name, unit] = SPANS.find(([, length]) => size >= length) ?? ['ms', 1];
  if (unit === 1) return `${round(size)} ms`;
  return plural(unit === 1_000 ? round(size / unit) : Math.round(size / unit), name);
}

/** `1 node`, `2 nodes` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const LISTED = 3;

/** `a, b, c and 4 more` */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(', ');
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}

function round(value: number): number {
  return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
}
