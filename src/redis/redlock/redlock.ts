import type {
  Answer,
  Bid,
  Claimed,
  ClaimStore,
  Renewal,
  Run,
  RunEnd,
  StandbyAnswer,
  UnlockedNote,
} from '../../core/claim.js';
import type { Clock } from '../../core/clock.js';
import { NoAnswer } from '../../core/errors.js';
import type { Stop } from '../../core/stop.js';
import { countdown } from '../route/countdown.js';
import type { RedisStore } from '../store.js';
import { opinionOnClaim, opinionOnTakeOver } from './ballot.js';
import { noMajority } from './no-majority.js';
import { majorityOf, type Poll, poll } from './poll.js';
import { confirm, seekMajority } from './seek-majority.js';

/** ms that the masters beyond a majority get to hear of a run's end. */
const GRACE = 250;

/**
 * Claims on several independent masters, of which a majority decides: docs/decisions/0009-redlock.md.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
export class Redlock implements ClaimStore {
  readonly #masters: readonly RedisStore[];
  readonly #clock: Clock;

  /** @param masters three or more, in the same order on every node */
  constructor(masters: readonly RedisStore[], clock: Clock) {
    this.#masters = masters;
    this.#clock = clock;
  }

  async claim(bid: Bid, asked: boolean, within: number): Promise<Answer> {
    // Who asks again is not counted again: its number is that of the first time.
    let number: number | undefined;
    const sought = await seekMajority<Answer>({
      ...this.#seeking(bid, within),
      async ask(master, vote, ms, again) {
        const answer = await master.claim(bid, asked || again, ms, vote);
        if (answer.verdict.kind === 'not-elected') number ??= answer.verdict.rank;
        return answer;
      },
      opinionOn: opinionOnClaim,
    });
    const { verdict, decidedAt } = sought.answer;
    if (sought.kind === 'elected') return { verdict: { kind: 'won', run: sought.run }, decidedAt };
    if (verdict.kind === 'waiting') {
      return { verdict: { ...verdict, since: markOf(sought.master, verdict.since) }, decidedAt };
    }
    if (verdict.kind !== 'not-elected' || number === undefined) return sought.answer;
    return { verdict: { ...verdict, rank: number }, decidedAt };
  }

  async takeOver(bid: Bid, turns: number, within: number): Promise<StandbyAnswer> {
    const sought = await seekMajority<StandbyAnswer>({
      ...this.#seeking(bid, within),
      ask: (master, vote, ms) => master.takeOver(bid, turns, ms, vote),
      opinionOn: opinionOnTakeOver,
    });
    if (sought.kind === 'elected') return { kind: 'won', run: sought.run };
    const { answer, master } = sought;
    return 'since' in answer ? { ...answer, since: markOf(master, answer.since) } : answer;
  }

  async renew(run: Run, within: number): Promise<Renewal> {
    const left = countdown(within);
    const renewals = this.#masters.map((master) => master.renew(run, within));
    const answers = await poll(renewals, (renewal) => renewal !== 'lost');
    if (!this.#agreed(answers)) return 'lost';
    for (const [index, renewal] of renewals.entries()) {
      void this.#teach(this.#at(index), run, renewal, left);
    }
    // Some that had forgotten it, or were not there: that is what the others are for.
    const forgotten = answers.yes.filter((renewal) => renewal === 'restated');
    return forgotten.length >= majorityOf(this.#masters.length) ? 'restated' : 'held';
  }

  async retry(run: Run, end: RunEnd, within: number): Promise<Run | undefined> {
    const left = countdown(within);
    const answers = await this.#ask(
      (master) => master.retry(run, end, left()),
      (next) => next !== undefined,
      // The fence must be above those of the slow ones, too.
      GRACE,
    );
    if (!this.#agreed(answers)) return undefined;
    const [first, ...others] = answers.yes.filter((next) => next !== undefined);
    const next = first && (await confirm(this.#masters, [first, ...others], left()));
    if (next === undefined) throw new NoAnswer('no majority has heard of the next attempt', true);
    return next;
  }

  async finish(claimed: Claimed, end: RunEnd, within: number): Promise<boolean> {
    const answers = await this.#ask(
      (master) => master.finish(claimed, end, within),
      (recorded) => recorded,
      GRACE,
    );
    return this.#agreed(answers);
  }

  async noteUnlocked(note: UnlockedNote, within: number): Promise<void> {
    const noted = await this.#ask(
      (master) => master.noteUnlocked(note, within),
      () => true,
      GRACE,
    );
    this.#agreed(noted);
  }

  nextEvent(key: string, mark: string, within: number, stop: Stop): Promise<void> {
    const [master, since] = readMark(mark);
    return this.#at(master).nextEvent(key, since, within, stop);
  }

  async reach(within: number): Promise<void> {
    this.#agreed(
      await this.#ask(
        (master) => master.reach(within),
        () => true,
      ),
    );
  }

  close(): void {
    for (const master of this.#masters) master.close();
  }

  /**
   * A master that was away for longer than a lease, or has forgotten the run and voted for somebody else,
   * has lost it. Nobody waits for it; but were it left so, three of them, one after the other, would be
   * a majority without the run. One that is told so late that the run is over has a lease that ends by itself.
   */
  async #teach(master: RedisStore, run: Run, renewal: Promise<Renewal>, left: () => number) {
    try {
      if ((await renewal) === 'lost') await master.renew(run, left(), true);
    } catch {
      // It is told at the next renewal.
    }
  }

  #seeking(bid: Bid, within: number) {
    return { masters: this.#masters, clock: this.#clock, bid, within };
  }

  #ask<T>(
    question: (master: RedisStore) => Promise<T>,
    isYes: (answer: T) => boolean,
    grace?: number,
  ): Promise<Poll<T>> {
    return poll(this.#masters.map(question), isYes, grace);
  }

  /** @throws Failure when the silent ones could turn the vote */
  #agreed<T>({ yes, no, failures }: Poll<T>): boolean {
    const quorum = majorityOf(this.#masters.length);
    if (yes.length >= quorum) return true;
    if (no.length > this.#masters.length - quorum) return false;
    throw noMajority(this.#masters.length, failures);
  }

  #at(index: number): RedisStore {
    const master = this.#masters[index];
    if (master === undefined) throw new RangeError(`there is no master ${index}`);
    return master;
  }
}

/** Where an event was the newest one: histories differ from master to master. */
function markOf(master: number, since: string): string {
  return `${master}/${since}`;
}

function readMark(mark: string): [number, string] {
  const [, master, since] = /^(?:(\d+)\/)?(.*)$/.exec(mark) ?? [];
  return [Number(master ?? 0), since ?? ''];
}
