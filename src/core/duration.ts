import { quote, usage } from './errors.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** 366 days: longer than any schedule's interval, and what JavaScript and Redis can both count. */
export const LONGEST_DURATION = 366 * 86_400_000;

const GRAMMAR = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

export interface DurationLimits {
  /** Smallest value allowed, in ms. Default 1. */
  readonly min?: number;
  /** Largest value allowed, in ms. Default 366 days. */
  readonly max?: number;
}

/**
 * Reads `90s`, `5m`, `1h30m`, `250ms`, `1d` strictly: a unit is required, units fall from large to
 * small, each at most once.
 *
 * @param name the option that carries the value, for the message
 * @returns milliseconds
 * @throws Failure `usage` saying what is allowed
 */
export function parseDuration(text: string, name: string, limits: DurationLimits = {}): number {
  const { min = 1, max = LONGEST_DURATION } = limits;
  const match = GRAMMAR.exec(text);
  if (text === '' || match === null) {
    throw usage(`${name}: ${quote(text)} is not a duration; write 90s, 5m, 1h30m or 250ms`);
  }
  const total = UNITS.reduce((sum, [, unit], i) => sum + Number(match[i + 1] ?? 0) * unit, 0);
  if (total < min || total > max) {
    throw usage(
      `${name}: ${quote(text)} is out of range; allowed is ${formatDuration(min)} to ${formatDuration(max)}`,
    );
  }
  return total;
}

/** The inverse of parseDuration: `5400000` → `1h30m`. Fractions of a millisecond are dropped. */
export function formatDuration(ms: number): string {
  let rest = Math.floor(ms);
  let text = '';
  for (const [name, unit] of UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return text === '' ? '0s' : text;
}
