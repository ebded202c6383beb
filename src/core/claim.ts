import type { Slot } from './slot.js';

/** What to do with a slot whose turn comes while an earlier slot's run is alive. */
export type Overlap = 'skip' | 'allow';

/** One node's one-time, irrevocable bid for a slot. */
export interface Bid {
  /** The job's name, as given. */
  readonly key: string;
  readonly slot: Slot;
  /** Random, one per invocation: the same owner asking again gets the same answer. */
  readonly owner: string;
  readonly node: string;
  /** How many nodes may run the slot. */
  readonly winners: number;
  /** How long the slot's records are kept, ms. */
  readonly retain: number;
  /** The length of the winner's lease, ms. */
  readonly lease: number;
  readonly overlap: Overlap;
  /** True when an earlier asking of this owner may have been counted without our hearing so. */
  readonly again: boolean;
}

/** What a won bid entitles to: one run of the job. */
export interface Run {
  readonly key: string;
  readonly slot: Slot;
  readonly owner: string;
  readonly node: string;
  /** The number that INCR gave the claim, from 1. */
  readonly rank: number;
  /** From 1. */
  readonly attempt: number;
  /** Fencing token: strictly increases with every run of the job, on every node. */
  readonly fence: number;
}

/** The winner of a slot, as a loser is told. */
export interface Holder {
  readonly node: string;
  /** When it claimed the slot, ms since the epoch by the Redis clock. */
  readonly claimedAt: number;
  readonly state: RunState;
  /** The job's exit code, once it has ended. */
  readonly exit?: number;
}

export type RunState = 'running' | 'done' | 'failed' | 'overlapped' | 'aborted';

/** How a bid was answered. Losing is a value; what breaks is thrown as a Failure. */
export type Verdict =
  | { readonly kind: 'won'; readonly run: Run }
  | { readonly kind: 'not-elected'; readonly rank?: number; readonly holder?: Holder }
  | { readonly kind: 'overlapped'; readonly by: { readonly slot: string; readonly node: string } }
  | { readonly kind: 'too-early' | 'too-late' };

export interface Answer {
  readonly verdict: Verdict;
  /** Redis TIME when it decided, ms since the epoch: the clock that guards the slot. */
  readonly decidedAt: number;
}

/** How a run ended, for its record. */
export interface RunEnd {
  readonly state: 'done' | 'failed' | 'aborted';
  /** The exit code that the wrapper passes on. */
  readonly exit: number;
}

/**
 * Where claims are made: the port that every store implements and the contract suite tests.
 * Each method asks once, ends within `within` ms, and throws a Failure when there is no answer.
 */
export interface ClaimStore {
  /** Bids once. The same owner asking again gets the same answer. */
  claim(bid: Bid, within: number): Promise<Answer>;
  /** Extends the lease by `lease` ms from now; false when it is no longer this owner's. */
  renew(run: Run, lease: number, within: number): Promise<boolean>;
  /** Records the end and gives the lease up; false when the run is no longer this owner's. */
  finish(run: Run, end: RunEnd, within: number): Promise<boolean>;
  /** Ends connections at once; never waits for a server. */
  close(): void;
}
