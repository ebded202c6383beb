import type { Failure } from './errors.js';
import type { Slot } from './slot.js';
import type { Stop } from './stop.js';

/** What to do with a slot whose turn comes while an earlier slot's run is alive. */
export type Overlap = 'skip' | 'allow' | 'wait';

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
  /** What the job's schedule is, for people and for comparing nodes; no spaces, `-` without one. */
  readonly schedule: string;
  /** Digest of what is run, so that nodes that disagree can be told; no spaces. */
  readonly command: string;
  /** Of the bidder; no spaces. */
  readonly version: string;
  /** The bidder runs the job whatever it is answered, and its records say so. */
  readonly shadow?: true;
}

/** A bid that was counted among the winners. */
export interface Claimed extends Bid {
  /** The number that INCR gave the claim, from 1. */
  readonly rank: number;
  /** Counts the executions of the command for this slot and rank, from 1; 0 before the first. */
  readonly attempt: number;
}

/** What a won bid entitles to: one run of the job, under a lease. */
export interface Run extends Claimed {
  /** Counts the nodes that ran the slot under this rank, one after the other, from 1. */
  readonly turn: number;
  /** Fencing token: strictly increases with every attempt, on every node. */
  readonly fence: number;
  /** When the attempt began, ms since the epoch by the store's clock. */
  readonly startedAt: number;
}

/**
 * Why a run has no lock: nobody could be asked or, in shadow, the store decided against it, or its lease
 * was lost between two attempts.
 */
export type NoLock = Failure | Skipped | 'lease-lost';

/** One execution of the job that nobody was elected for: without lease, rank and fence. */
export interface UnlockedRun<Why extends NoLock = Failure> extends Bid {
  /** Counts the executions of the command by this owner, from 1. */
  readonly attempt: number;
  /** When the attempt began, ms since the epoch by this node's clock. */
  readonly startedAt: number;
  readonly unlocked: Why;
}

/** What the history is told of an unlocked run: that an attempt began or, with `ended`, how it ended. */
export interface UnlockedNote {
  readonly run: UnlockedRun<NoLock>;
  /** `at`: ms since the epoch by this node's clock. */
  readonly ended?: { readonly end: RunEnd; readonly at: number };
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

/**
 * | state         | meaning                                                          |
 * | ------------- | ---------------------------------------------------------------- |
 * | `voted`       | one of several masters gave it its vote; it seeks a majority     |
 * | `running`     | its lease is alive                                               |
 * | `waiting`     | for an earlier slot's run to end                                 |
 * | `done`        | ended, exit code 0                                               |
 * | `failed`      | ended otherwise                                                  |
 * | `overlapped`  | not run, because an earlier slot's run was alive                 |
 * | `aborted`     | told to stop before the job began                                |
 * | `handed-back` | told to stop; a standby may run it                               |
 * | `died`        | its lease ran out without a word                                 |
 * | `unlocked`    | run without a lock, because the answer to its claim was lost     |
 */
export type RunState = (typeof RUN_STATES)[number];

export const RUN_STATES = [
  'voted',
  'running',
  'waiting',
  'done',
  'failed',
  'overlapped',
  'aborted',
  'handed-back',
  'died',
  'unlocked',
] as const;

/** Another run that is in the way. */
export interface Blocker {
  readonly slot: string;
  readonly node: string;
}

/** How long nothing will change unless the store says so: see `ClaimStore.nextEvent`. */
export interface Pending {
  /** ms until the lease ends that is waited for. */
  readonly forMs: number;
  /** The newest event that the answer knows of. */
  readonly since: string;
}

/** How a bid was answered. Losing is a value; what breaks is thrown as a Failure. */
export type Verdict =
  | { readonly kind: 'won'; readonly run: Run }
  | { readonly kind: 'not-elected'; readonly rank?: number; readonly holder?: Holder }
  | { readonly kind: 'overlapped'; readonly by: Blocker }
  | ({ readonly kind: 'waiting'; readonly claimed: Claimed; readonly by: Blocker } & Pending)
  | { readonly kind: 'too-early' | 'too-late' };

export interface Answer {
  readonly verdict: Verdict;
  /** Redis TIME when it decided, ms since the epoch: the clock that guards the slot. */
  readonly decidedAt: number;
}

/** Every verdict but the ones that go on. */
export type Skip = Exclude<Verdict, { kind: 'won' | 'waiting' }>;

/** The store has decided against a run here. */
export interface Skipped extends Answer {
  readonly verdict: Skip;
}

/**
 * What a standby is told. `over`: nothing is left to take over. `unknown`: the store knows nothing of the
 * slot; a holder would state its run again within a lease.
 */
export type StandbyAnswer =
  | { readonly kind: 'won'; readonly run: Run }
  | ({ readonly kind: 'alive' | 'unknown' } & Pending)
  | { readonly kind: 'over'; readonly why: 'ended' | 'turns' | 'overlapped' };

/** How an attempt ended, for its record. */
export interface RunEnd {
  readonly state: 'done' | 'failed' | 'aborted' | 'overlapped' | 'handed-back';
  /** The exit code that the wrapper passes on. */
  readonly exit: number;
  /** The signal that ended the job. */
  readonly signal?: string;
  /** The lease was lost before the end, as far as the holder knows. */
  readonly leaseLost?: boolean;
  /** The last of the job's stderr, where it is to be kept. */
  readonly output?: string;
}

/** `restated`: the store had lost the run, and knows it again. */
export type Renewal = 'held' | 'restated' | 'lost';

/**
 * Where claims are made: the port that every store implements and the contract suite tests.
 * Each method asks once, ends within `within` ms, and throws a Failure when there is no answer.
 * Every question may be asked again by the same owner and is answered alike.
 */
export interface ClaimStore {
  /** Bids. `again`: an earlier asking of this owner may have been counted without our hearing so. */
  claim(bid: Bid, again: boolean, within: number): Promise<Answer>;
  /** Asks for a run that its winner has left. `turns`: how many nodes may run it in all. */
  takeOver(bid: Bid, turns: number, within: number): Promise<StandbyAnswer>;
  /** Extends the lease by its length from now. */
  renew(run: Run, within: number): Promise<Renewal>;
  /** Records the end of an attempt and begins the next; undefined when the run is no longer ours. */
  retry(run: Run, end: RunEnd, within: number): Promise<Run | undefined>;
  /** Records the end and gives the lease up; false when the run is no longer this owner's. */
  finish(claimed: Claimed, end: RunEnd, within: number): Promise<boolean>;
  /** Tells the history of an unlocked run. The slot is not claimed by it. */
  noteUnlocked(note: UnlockedNote, within: number): Promise<void>;
  /** Waits until something happens to a run of the job, `within` ms are over, or it is told to stop. */
  nextEvent(key: string, since: string, within: number, stop: Stop): Promise<void>;
  /** Makes sure that claims can be made; changes nothing. Throws what a claim would. */
  reach(within: number): Promise<void>;
  /** Ends connections at once; never waits for a server. */
  close(): void;
}
