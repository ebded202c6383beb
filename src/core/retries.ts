import type { RunEnd } from './claim.js';

/** How often, when and after which ends a failed job is run again on the same node. */
export interface Retries {
  /** At most so many further attempts. */
  readonly limit: number;
  /** ms before the first of them; each further one waits twice as long. */
  readonly delay: number;
  /** The exit codes after which it is run again; every failure when absent. */
  readonly on?: readonly number[];
}

export const NO_RETRIES: Retries = { limit: 0, delay: 0 };

const LONGEST_DELAY = 3_600_000;

/**
 * How long to wait before running the job again: exponential with jitter, so that what failed
 * together does not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param made how many retries were made already
 * @param chance uniform in [0, 1)
 * @returns ms; undefined when it is not run again
 */
export function planRetry(
  retries: Retries,
  made: number,
  end: RunEnd,
  chance: number,
): number | undefined {
  if (end.state !== 'failed' || made >= retries.limit) return undefined;
  if (retries.on !== undefined && !retries.on.includes(end.exit)) return undefined;
  return Math.min(retries.delay * 2 ** made, LONGEST_DELAY) * (0.5 + chance / 2);
}
