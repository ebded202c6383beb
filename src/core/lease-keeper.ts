import type { ClaimStore, Run } from './claim.js';
import type { Clock } from './clock.js';
import { type LeaseState, planLease } from './lease.js';

export interface LeaseKeeper {
  /** Ends the renewing; the lease itself is given up by the store's `finish`. */
  stop(): void;
}

/**
 * Keeps the holder's lease alive until stopped, or until it is lost: it ran out before a renewal was
 * answered, or the store says that it is no longer ours. `onLost` is then called once.
 *
 * @param heldFrom when the claim's request was sent, ms of `clock`
 */
export function keepLease(
  store: ClaimStore,
  run: Run,
  length: number,
  heldFrom: number,
  clock: Clock,
  onLost: () => void,
): LeaseKeeper {
  let state: LeaseState = { length, heldFrom };
  let stopped = false;
  let cancel = () => {};

  const planNext = () => {
    if (stopped) return;
    const plan = planLease(state, clock.monotonic());
    if (plan.kind === 'ran-out') {
      stopped = true;
      onLost();
      return;
    }
    cancel = clock.after(plan.wait, () => void renew());
  };

  const renew = async () => {
    // Planned anew: a suspended process wakes long after its timer was due.
    const plan = planLease(state, clock.monotonic());
    if (plan.kind === 'ran-out') return planNext();
    const sent = clock.monotonic();
    try {
      const held = await store.renew(run, length, plan.within);
      state = held ? { length, heldFrom: sent } : { length, heldFrom: sent - length };
    } catch {
      // Whatever broke, the lease still runs: ask again until it would have ended.
      state = { ...state, failedAt: clock.monotonic() };
    }
    planNext();
  };

  planNext();
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
