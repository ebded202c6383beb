import type { Clock } from '../core/clock.js';

/** ms between two looks. */
const PERIOD = 10_000;
/** Smaller steps are node-cron's: a tick is good for a minute. */
const WORTH_KNOWING = 60_000;

/**
 * Looks whether the wall clock was set, or the machine suspended: then it has gone on otherwise than
 * the monotonic clock, which a suspended machine does not count. node-cron would wait until a clock
 * that was set back is there again, and go through every second of a leap.
 *
 * @param now the wall clock, ms since the epoch
 * @param leapt told by how many ms; negative where the clock was set back
 * @returns what ends the watch
 */
export function watchClock(
  clock: Clock,
  now: () => number,
  leapt: (ms: number) => void,
): () => void {
  let difference = now() - clock.monotonic();
  let cancel = () => {};
  const look = () => {
    const leap = now() - clock.monotonic() - difference;
    difference += leap;
    if (Math.abs(leap) >= WORTH_KNOWING) leapt(leap);
    cancel = clock.after(PERIOD, look);
  };
  cancel = clock.after(PERIOD, look);
  return () => cancel();
}
