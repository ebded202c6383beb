import { askUntilAnswered } from './ask-again.js';
import type { Answer, Bid, Claimed, ClaimStore, Pending, Run, Skipped } from './claim.js';
import { type Clock, sleep } from './clock.js';
import { Failure } from './errors.js';
import { planStandby } from './standby.js';
import type { Stop } from './stop.js';

export interface Election {
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly bid: Bid;
  /** ms for each question to the store, further tries included. */
  readonly within: number;
  readonly stop: Stop;
  /** ms that a claimant waits for an earlier slot's run to end (`--overlap wait`). */
  readonly waitTimeout: number;
  /** Losers stay as standbys: how many nodes may run the slot, one after the other. */
  readonly turns?: number;
}

/**
 * What a node does while it may yet be elected. Only who is `bidding` knows nothing of the slot: who is
 * `waiting` has claimed it and was told not to begin, who is `standing-by` has lost it.
 */
export type Phase = 'bidding' | 'waiting' | 'standing-by';

/** How an election ended. `heldFrom`: when the winning question was sent, ms of the clock. */
export type Elected =
  | { readonly kind: 'won'; readonly run: Run; readonly heldFrom: number }
  | ({ readonly kind: 'skipped' } & Skipped)
  | { readonly kind: 'stopped'; readonly claimed?: Claimed }
  /** The store cannot be reached, or cannot serve: never to be taken for a loss. */
  | { readonly kind: 'unanswered'; readonly failure: Failure; readonly phase: Phase };

/**
 * Bids; waits for an earlier run where the policy says so; and stands by where that is wished.
 *
 * @throws Failure when there was no decision, and another try would not mend that
 */
export async function elect(election: Election): Promise<Elected> {
  let phase: Phase = 'bidding';
  try {
    return await untilDecided(election, (next) => {
      phase = next;
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
    return { kind: 'unanswered', failure: error, phase };
  }
}

async function untilDecided(election: Election, enter: (phase: Phase) => void): Promise<Elected> {
  const { store, clock, bid, within, stop, waitTimeout, turns } = election;
  const giveUp = clock.monotonic() + waitTimeout;
  let heldFrom = clock.monotonic();
  let patience = within;
  const claim = (): Promise<Answer> =>
    askUntilAnswered({ within: patience, clock, stop }, (left, again) => {
      heldFrom = clock.monotonic();
      return store.claim(bid, again, left);
    });

  for (;;) {
    const { verdict, decidedAt } = await claim();
    if (verdict.kind === 'won') return { kind: 'won', run: verdict.run, heldFrom };
    if (verdict.kind === 'not-elected' && turns !== undefined) {
      enter('standing-by');
      return standBy(election, turns, { kind: 'skipped', verdict, decidedAt });
    }
    if (verdict.kind !== 'waiting') return { kind: 'skipped', verdict, decidedAt };

    enter('waiting');
    const { claimed, by } = verdict;
    patience = Math.max(within, bid.lease);
    if (stop.requested) return { kind: 'stopped', claimed };
    const left = giveUp - clock.monotonic();
    if (left <= 0) {
      await askUntilAnswered({ within, clock }, (ms) =>
        store.finish(claimed, { state: 'overlapped', exit: 0 }, ms),
      );
      return { kind: 'skipped', verdict: { kind: 'overlapped', by }, decidedAt };
    }
    // A standby takes the slot from a waiter that is not heard of for the length of a lease.
    await pause(election, verdict, Math.min(verdict.forMs, left, bid.lease / 3));
  }
}

async function standBy(
  election: Election,
  turns: number,
  lost: Elected & { readonly kind: 'skipped' },
): Promise<Elected> {
  const { store, clock, bid, within, stop } = election;
  // As long as its holder holds on, a run may be alive that we cannot ask for.
  const patience = { within: Math.max(within, bid.lease), clock, stop };
  for (let unknown = 0; ; ) {
    if (stop.requested) return { kind: 'stopped' };
    let heldFrom = clock.monotonic();
    const answer = await askUntilAnswered(patience, (left) => {
      heldFrom = clock.monotonic();
      return store.takeOver(bid, turns, left);
    });
    if (answer.kind === 'won') return { kind: 'won', run: answer.run, heldFrom };
    if (answer.kind === 'over') return lost;
    unknown = answer.kind === 'unknown' ? unknown + 1 : 0;
    if (unknown > ASKED_OF_NOTHING) return lost;
    await pause(election, answer, planStandby(answer.forMs, clock.random()));
  }
}

/** Nothing changes for so long unless the store says so, or we are told to stop. */
async function pause(election: Election, { since }: Pending, ms: number): Promise<void> {
  const { store, clock, bid, stop } = election;
  try {
    await store.nextEvent(bid.key, since, ms, stop);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Whoever asks next will say what is wrong; meanwhile time goes by all the same.
    await sleep(clock, Math.min(ms, AFTER_TROUBLE), stop);
  }
}

const AFTER_TROUBLE = 1_000;

/** How often nothing may be known of the slot, a lease apart, before it counts as over. */
const ASKED_OF_NOTHING = 1;
