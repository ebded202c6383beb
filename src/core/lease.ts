/** What the holder knows of its own lease. All times are ms of one clock that never jumps. */
export interface LeaseState {
  /** How long a lease lasts. */
  readonly length: number;
  /** When the last request that was answered "held" was sent: validity counts from before it. */
  readonly heldFrom: number;
  /** When the last renewal failed without an answer, if it did after `heldFrom`. */
  readonly failedAt?: number;
  /** How long before its end the lease counts as lost, ms: what ending the job may take. Default 0. */
  readonly reserve?: number;
}

/** What to do next about a lease. */
export type LeasePlan =
  | {
      readonly kind: 'renew';
      /** ms from now; 0 is at once. */
      readonly wait: number;
      /** ms that the renewal may take before it has failed. */
      readonly within: number;
    }
  | { readonly kind: 'ran-out' };

const RENEWALS_PER_LEASE = 3;
const RETRIES_PER_RENEWAL = 10;

/**
 * Plans the next renewal: every third of the lease, and after a failure again and again until the
 * lease would have ended. Pure, so that every timer above it can be tested without one.
 *
 * @param now ms of the same clock
 */
export function planLease(state: LeaseState, now: number): LeasePlan {
  const { length, heldFrom, failedAt, reserve = 0 } = state;
  const left = heldFrom + length - reserve - now;
  if (left <= 0) return { kind: 'ran-out' };
  const third = length / RENEWALS_PER_LEASE;
  const due = failedAt === undefined ? heldFrom + third : failedAt + third / RETRIES_PER_RENEWAL;
  const wait = Math.min(Math.max(0, due - now), left);
  return { kind: 'renew', wait, within: Math.max(1, Math.min(third, left - wait)) };
}
