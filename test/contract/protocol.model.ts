import fc from 'fast-check';
import { expect } from 'vitest';
import type { Bid, ClaimStore, Overlap, Run, RunEnd } from '../../src/core/claim.js';

/*
 * A model of one job on a small fleet: nodes that claim, renew, retry, finish and take over in any
 * order, replies that get lost, leases that run out, counters that are evicted. The model keeps a
 * journal of its own, and judges by it alone.
 */

/** What the model needs beyond the port. */
export interface World {
  readonly store: ClaimStore;
  /** Lets the lease of a run be over, as if time had gone by. */
  expire(run: Run): Promise<void>;
  /** Takes away what a full Redis would: the keys that have an expiry. */
  evict(slot: string): Promise<void>;
}

export interface Rules {
  readonly key: string;
  readonly winners: number;
  readonly overlap: Overlap;
}

/** A call of redlock-run on one node for one slot. */
interface Caller {
  readonly bid: Bid;
  /** Its last question may have been counted without an answer. */
  unknown: boolean;
  run?: Run;
  /** Won by a question whose answer was lost. */
  unheard?: Run;
  /** It knows that it has lost, or that its run is over. */
  over: boolean;
}

export class Journal {
  readonly callers: Caller[] = [];
  /** Every attempt that began, in real order. */
  readonly begun: Run[] = [];
  /** Runs whose lease is alive, by their fence. */
  readonly #alive = new Map<number, Run>();

  constructor(readonly rules: Rules) {}

  isAlive({ fence }: Run): boolean {
    return this.#alive.has(fence);
  }

  ends({ fence }: Run): void {
    this.#alive.delete(fence);
  }

  someAliveFor(slot: string): boolean {
    return [...this.#alive.values()].some((run) => run.slot.id === slot);
  }

  begins(run: Run): void {
    // Asked again: the same answer is no second run.
    if (this.begun.some(({ fence }) => fence === run.fence)) return;
    for (const other of this.#alive.values()) {
      if (other.slot.id === run.slot.id && other.rank === run.rank) {
        // The same holder's next attempt takes the place of its last.
        expect(other.owner, 'two holders of one rank').toBe(run.owner);
        this.ends(other);
      } else if (this.rules.overlap !== 'allow') {
        expect(other.slot.id, 'B: two slots alive at once').toBe(run.slot.id);
      }
    }
    const last = this.begun.at(-1);
    if (last !== undefined) expect(run.fence, 'C: fences rise').toBeGreaterThan(last.fence);
    this.begun.push(run);
    this.#alive.set(run.fence, run);
    const firsts = this.begun.filter(
      ({ slot, attempt, turn }) => slot.id === run.slot.id && attempt === 1 && turn === 1,
    );
    expect(firsts.length, 'A: first runs of a slot').toBeLessThanOrEqual(this.rules.winners);
  }
}

type Step = fc.AsyncCommand<Journal, World>;

const WITHIN = 5_000;
const HOUR = 3_600_000;
const TURNS = 3;

/** Nodes bid for slots in the order of time, now and then for an old one. */
class Call implements Step {
  constructor(
    readonly owner: string,
    readonly slot: number,
    readonly loses: boolean,
  ) {}

  check = () => true;

  async run(journal: Journal, world: World): Promise<void> {
    const caller: Caller = {
      bid: {
        ...journal.rules,
        slot: { id: `slot-${this.slot}`, due: { at: AT + this.slot, early: HOUR, late: HOUR } },
        owner: this.owner,
        node: `node-${this.owner.slice(0, 4)}`,
        retain: HOUR,
        lease: HOUR,
        schedule: '-',
        command: 'digest',
        version: '1.0.0',
      },
      unknown: this.loses,
      over: false,
    };
    journal.callers.push(caller);
    await bid(journal, world, caller, this.loses);
  }

  toString = () => `call(${this.slot}${this.loses ? ', reply lost' : ''})`;
}

const AT = Date.now();

/** Bids; a lost reply leaves the caller in the dark, and the claim counted. */
async function bid(journal: Journal, { store }: World, caller: Caller, loses: boolean) {
  const { verdict } = await store.claim(caller.bid, caller.unknown && !loses, WITHIN);
  if (loses) {
    // Nothing begins before its caller hears of it; but the lease counts, and may run out.
    if (verdict.kind === 'won') caller.unheard = verdict.run;
    return;
  }
  caller.unknown = false;
  if (verdict.kind === 'won') {
    journal.begins(verdict.run);
    caller.run = verdict.run;
  } else if (verdict.kind === 'overlapped') {
    caller.over = true;
  }
}

/** A step of one of the callers that are there. */
abstract class CallersStep implements Step {
  constructor(readonly pick: number) {}

  abstract applies(caller: Caller): boolean;
  abstract act(journal: Journal, world: World, caller: Caller): Promise<void>;

  check = (journal: Readonly<Journal>) => this.#candidates(journal).length > 0;

  async run(journal: Journal, world: World): Promise<void> {
    const candidates = this.#candidates(journal);
    const caller = candidates[this.pick % candidates.length];
    if (caller !== undefined) await this.act(journal, world, caller);
  }

  #candidates(journal: Readonly<Journal>): Caller[] {
    return journal.callers.filter((caller) => this.applies(caller));
  }

  toString = () => `${this.constructor.name}(${this.pick})`;
}

class AskAgain extends CallersStep {
  applies = ({ unknown, run, over }: Caller) => unknown && run === undefined && !over;
  act = (journal: Journal, world: World, caller: Caller) => bid(journal, world, caller, false);
}

class Renew extends CallersStep {
  applies = ({ run }: Caller) => run !== undefined;

  async act(journal: Journal, { store }: World, { run }: Caller): Promise<void> {
    if (run === undefined) return;
    const renewal = await store.renew(run, WITHIN);
    expect(renewal, 'only the living renew').toBe(journal.isAlive(run) ? 'held' : 'lost');
  }
}

class Finish extends CallersStep {
  constructor(
    pick: number,
    readonly state: RunEnd['state'],
  ) {
    super(pick);
  }

  applies = ({ run }: Caller) => run !== undefined;

  async act(journal: Journal, { store }: World, caller: Caller): Promise<void> {
    const { run } = caller;
    if (run === undefined) return;
    const end = { state: this.state, exit: 0 };
    const recorded = await store.finish(run, end, WITHIN);
    expect(await store.finish(run, end, WITHIN), 'asked again').toBe(recorded);
    if (journal.isAlive(run)) expect(recorded, 'the living are recorded').toBe(true);
    journal.ends(run);
    caller.over = true;
    delete caller.run;
  }
}

class Retry extends CallersStep {
  applies = ({ run }: Caller) => run !== undefined;

  async act(journal: Journal, { store }: World, caller: Caller): Promise<void> {
    const { run } = caller;
    if (run === undefined) return;
    const end = { state: 'failed', exit: 1 } as const;
    const first = await store.retry(run, end, WITHIN);
    // Asked again, it has not begun: it may begin later, with a higher fence.
    const next = await store.retry(run, end, WITHIN);
    expect([next?.attempt, next?.turn], 'asked again').toEqual([first?.attempt, first?.turn]);
    expect(next?.fence ?? 0).toBeGreaterThanOrEqual(first?.fence ?? 0);
    if (!journal.isAlive(run)) expect(next, 'only the living retry').toBeUndefined();
    if (next === undefined) return;
    journal.begins(next);
    caller.run = next;
  }
}

class TakeOver extends CallersStep {
  constructor(
    pick: number,
    readonly loses: boolean,
  ) {
    super(pick);
  }

  applies = ({ run, over, unknown }: Caller) => run === undefined && !over && !unknown;

  async act(journal: Journal, { store }: World, caller: Caller): Promise<void> {
    const { slot } = caller.bid;
    const inPlace = journal.rules.winners === 1 && journal.someAliveFor(slot.id);
    let answer = await store.takeOver(caller.bid, TURNS, WITHIN);
    if (this.loses) answer = await store.takeOver(caller.bid, TURNS, WITHIN);
    if (answer.kind !== 'won') return;
    expect(inPlace, 'taken over from the living').toBe(false);
    expect(answer.run.turn).toBeLessThanOrEqual(TURNS);
    journal.begins(answer.run);
    caller.run = answer.run;
  }
}

class Expire extends CallersStep {
  applies = ({ run, unheard }: Caller) => run !== undefined || unheard !== undefined;

  async act(journal: Journal, world: World, caller: Caller): Promise<void> {
    const run = caller.run ?? caller.unheard;
    if (run === undefined) return;
    await world.expire(run);
    delete caller.unheard;
    journal.ends(run);
  }
}

/** Only of slots that nobody runs: what a run then cannot record is another test's business. */
class Evict extends CallersStep {
  applies = ({ over }: Caller) => over;

  async act(journal: Journal, world: World, { bid: { slot } }: Caller): Promise<void> {
    if (journal.callers.some(({ run, bid }) => run !== undefined && bid.slot.id === slot.id))
      return;
    await world.evict(slot.id);
  }
}

const picks = fc.nat({ max: 7 });
const STATES: readonly RunEnd['state'][] = ['done', 'failed', 'handed-back'];

/** Any order of steps on a fleet. */
export const STEPS = fc.commands(
  [
    fc
      .tuple(fc.uuid(), fc.nat({ max: 3 }), fc.boolean())
      .map(([owner, slot, loses]) => new Call(owner.replaceAll('-', ''), slot, loses)),
    picks.map((pick) => new AskAgain(pick)),
    picks.map((pick) => new Renew(pick)),
    fc.tuple(picks, fc.constantFrom(...STATES)).map(([pick, state]) => new Finish(pick, state)),
    picks.map((pick) => new Retry(pick)),
    fc.tuple(picks, fc.boolean()).map(([pick, loses]) => new TakeOver(pick, loses)),
    picks.map((pick) => new Expire(pick)),
    picks.map((pick) => new Evict(pick)),
  ],
  { maxCommands: 60, size: 'max' },
);
