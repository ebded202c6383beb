import type { Job } from './job.js';

/**
 * The slot that a job is to catch up on: its last one, if that is not too long ago and has not been
 * asked for here. Whether some other node ran it, the claim will tell.
 *
 * @param now ms since the epoch
 * @param window how far back to look, ms
 * @param asked the newest slot that this node has had an answer for, or is asking for
 * @returns ms since the epoch; undefined where nothing is to be caught up
 */
export function missedSlot(
  { schedule }: Job,
  now: number,
  window: number,
  asked: number | undefined,
): number | undefined {
  const last = schedule.atOrBefore(now);
  if (last === undefined || now - last > window) return undefined;
  return asked !== undefined && asked >= last ? undefined : last;
}
