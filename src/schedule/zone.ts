/** A time zone, as far as the clock on the wall is concerned. */
export interface Zone {
  /** What the wall clock shows minus UTC, ms, at an instant (ms since the epoch). */
  offsetAt(instant: number): number;
}

/** One change of a zone's clock. */
export interface ClockChange {
  /** The first instant with the new offset, ms since the epoch. */
  readonly at: number;
  /** Offset until then, ms. */
  readonly before: number;
  /** Offset from then on, ms. */
  readonly after: number;
}

const DAY = 86_400_000;
/** No zone has changed its clock twice within a week since 1970 (Morocco's Ramadan: a month). */
const STRIDE = 7 * DAY;
const MINUTE = 60_000;

/** The first change of the clock after `from` and not after `to`. */
export function firstChange(zone: Zone, from: number, to: number): ClockChange | undefined {
  for (let low = from; low < to; low += STRIDE) {
    const change = changeBetween(zone, low, Math.min(low + STRIDE, to));
    if (change !== undefined) return change;
  }
  return undefined;
}

/** The last change of the clock after `from` and not after `to`. */
export function lastChange(zone: Zone, from: number, to: number): ClockChange | undefined {
  for (let high = to; high > from; high -= STRIDE) {
    const change = changeBetween(zone, Math.max(high - STRIDE, from), high);
    if (change !== undefined) return change;
  }
  return undefined;
}

/** Clocks change on whole minutes of UTC. */
function changeBetween(zone: Zone, low: number, high: number): ClockChange | undefined {
  const before = zone.offsetAt(low);
  const after = zone.offsetAt(high);
  if (before === after) return undefined;
  let from = Math.floor(low / MINUTE);
  let at = Math.ceil(high / MINUTE);
  while (at - from > 1) {
    const middle = Math.floor((from + at) / 2);
    if (zone.offsetAt(middle * MINUTE) === before) from = middle;
    else at = middle;
  }
  return { at: at * MINUTE, before, after };
}
