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

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * How far changeBetween may be asked to look, ms. Two changes within it could hide each other; the
 * closest pair of any zone since 1970 lies 6.9 days apart (America/Recife, October 2000).
 */
export const HORIZON = 4 * 86_400_000;

/** The change of the clock after `from` and not after `to`, at most HORIZON later. */
export function changeBetween(zone: Zone, from: number, to: number): ClockChange | undefined {
  const before = zone.offsetAt(from);
  const after = zone.offsetAt(to);
  if (before === after) return undefined;
  // Clocks change on whole seconds of UTC, and on whole minutes since 1972.
  let early = Math.floor(from / SECOND);
  let late = Math.ceil(to / SECOND);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (zone.offsetAt(middle * SECOND) === before) early = middle;
    else late = middle;
  }
  return { at: late * SECOND, before, after };
}

/** `-04:00`, of an offset in ms. */
export function offsetText(offset: number): string {
  const minutes = Math.abs(Math.round(offset / MINUTE));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
