/** Standbys ask within so many ms of the lease's end, so that a thousand do not ask at once. */
const SPREAD = 500;
/** Never waits longer without asking, so that an event that was lost does no harm. */
const LONGEST_WAIT = 60_000;

/**
 * Plans a standby's next question, unless an event wakes it before: soon after the lease would end.
 *
 * @param leaseEndsIn ms
 * @param chance uniform in [0, 1)
 * @returns ms from now
 */
export function planStandby(leaseEndsIn: number, chance: number): number {
  return Math.min(Math.max(0, leaseEndsIn) + 1 + chance * SPREAD, LONGEST_WAIT);
}
