import type { Bid, Run } from '../../core/claim.js';
import { type Clock, sleep } from '../../core/clock.js';
import { Failure, NoAnswer } from '../../core/errors.js';
import { countdown } from '../route/countdown.js';
import type { RedisStore, Vote } from '../store.js';
import { type Opinion, runOf } from './ballot.js';
import { noMajority } from './no-majority.js';
import { majorityOf, poll } from './poll.js';

export interface Seeking<A> {
  /** In the same order on every node. */
  readonly masters: readonly RedisStore[];
  readonly clock: Clock;
  readonly bid: Bid;
  /** ms for all of it. */
  readonly within: number;
  /** Asks one master for its vote; `again` when it may have been asked before. */
  ask(master: RedisStore, vote: Vote, within: number, again: boolean): Promise<A>;
  opinionOn(answer: A): Opinion;
}

/** What one master answered; `master` is its place in the order. */
interface Said<A> {
  readonly answer: A;
  readonly master: number;
}

/** `answered`: not elected, and one master tells why. */
export type Sought<A> =
  | { readonly kind: 'elected'; readonly run: Run; readonly answer: A }
  | ({ readonly kind: 'answered' } & Said<A>);

/** ms. Whoever met a vote that is not confirmed yet asks again soon: it is a matter of round trips. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;

/** ms that is waited for votes to be taken back; they run out by themselves. */
const WITHDRAWAL = 250;

/**
 * Asks the masters one by one for their votes, and confirms them once a majority has given theirs.
 *
 * In the same order, and stopping at the first that says no: all at once, each of many bidders would win
 * some votes, and none a majority. Where votes were split all the same (masters were out of reach for
 * some), they are taken back, and sought again after a pause with jitter, until the time is up.
 *
 * @throws Failure when there was no majority, neither for us nor for anybody else
 */
export async function seekMajority<A>(seeking: Seeking<A>): Promise<Sought<A>> {
  const { clock, within } = seeking;
  const left = countdown(within);
  for (let pause = FIRST_PAUSE, again = false; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const sought = await round(seeking, again, left);
    if (sought !== 'split') return sought;
    again = true;
    const wait = pause * (0.5 + clock.random() / 2);
    if (wait >= left()) {
      throw new NoAnswer(
        'the votes of the Redis masters were split: no bidder has a majority',
        true,
      );
    }
    await sleep(clock, wait);
  }
}

async function round<A>(
  seeking: Seeking<A>,
  again: boolean,
  left: () => number,
): Promise<Sought<A> | 'split'> {
  const { votes, voters, stopped, abstained, failures } = await gather(seeking, again, left);
  const quorum = majorityOf(seeking.masters.length);
  const [first, ...others] = votes;
  if (first !== undefined && votes.length >= quorum) {
    const run = await confirm(
      seeking.masters,
      [first.run, ...others.map(({ run }) => run)],
      left(),
    );
    if (run !== undefined) return { kind: 'elected', run, answer: first.answer };
  }
  await withdraw(voters, seeking.bid, Math.min(left(), WITHDRAWAL));
  if (votes.length >= quorum) return 'split';
  if (stopped !== undefined) return stopped.isFinal ? { kind: 'answered', ...stopped } : 'split';
  const [said] = abstained;
  if (said !== undefined && abstained.length >= quorum) return { kind: 'answered', ...said };
  throw noMajority(seeking.masters.length, failures);
}

interface Gathered<A> {
  readonly votes: readonly { readonly run: Run; readonly answer: A }[];
  /** Masters that have given us their vote, or may have. */
  readonly voters: readonly RedisStore[];
  readonly stopped?: Said<A> & { readonly isFinal: boolean };
  readonly abstained: readonly Said<A>[];
  readonly failures: readonly Failure[];
}

async function gather<A>(
  { masters, within, ask, opinionOn }: Seeking<A>,
  again: boolean,
  left: () => number,
): Promise<Gathered<A>> {
  const votes: { readonly run: Run; readonly answer: A }[] = [];
  const voters: RedisStore[] = [];
  const abstained: Said<A>[] = [];
  const failures: Failure[] = [];
  for (const [index, master] of masters.entries()) {
    if (votes.length >= majorityOf(masters.length)) break;
    const rank = votes[0]?.run.rank;
    const vote: Vote = { lasts: Math.ceil(within), ...(rank !== undefined && { rank }) };
    // A silent one takes no more than its share; the last share is for confirming.
    const share = left() / (masters.length - index + 1);
    try {
      const answer = await ask(master, vote, share, again);
      const opinion = opinionOn(answer);
      if (opinion.kind === 'no') {
        const stopped = { answer, master: index, isFinal: opinion.isFinal };
        return { votes, voters, abstained, failures, stopped };
      }
      if (opinion.kind === 'abstains') abstained.push({ answer, master: index });
      else {
        votes.push({ run: opinion.run, answer });
        voters.push(master);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      if (error instanceof NoAnswer && error.maybeApplied) voters.push(master);
    }
  }
  return { votes, voters, abstained, failures };
}

/**
 * Makes a decision of the votes: every master is told of the run and its fence, those that did not vote
 * as well. Undefined when no majority has heard it; votes may have run out meanwhile.
 */
export async function confirm(
  masters: readonly RedisStore[],
  votes: readonly [Run, ...Run[]],
  within: number,
): Promise<Run | undefined> {
  const run = runOf(votes);
  const told = masters.map((master) => master.renew(run, within));
  const { yes } = await poll(told, (renewal) => renewal !== 'lost');
  return yes.length >= majorityOf(masters.length) ? run : undefined;
}

async function withdraw(voters: readonly RedisStore[], bid: Bid, within: number): Promise<void> {
  await Promise.allSettled(voters.map((master) => master.withdraw(bid, within)));
}
