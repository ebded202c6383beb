import { type Clock, sleep } from './clock.js';
import { formatDuration } from './duration.js';
import { usage } from './errors.js';
import type { Slot } from './slot.js';
import type { Stop } from './stop.js';

/**
 * Waits for a random time below `jitter` ms, so that a fleet that starts in the same second does not
 * connect in the same second; no longer than until told to stop.
 */
export async function spread(clock: Clock, jitter: number, stop: Stop): Promise<void> {
  if (jitter > 0 && !stop.requested) await sleep(clock, clock.random() * jitter, stop);
}

/**
 * A node that waits longer than a claim is taken would come too late.
 *
 * @param name of the option, for the message
 * @throws Failure `usage`
 */
export function checkJitter(jitter: number, { id, due }: Slot, name: string): void {
  if (due === undefined || jitter < due.late) return;
  throw usage(
    `${name}: ${formatDuration(jitter)} is too long; ${id} is claimed no later than ` +
      `${formatDuration(due.late)} after it, so give less`,
  );
}
