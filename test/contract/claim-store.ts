import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Answer,
  Bid,
  ClaimStore,
  NoLock,
  Run,
  RunEnd,
  Skip,
  UnlockedRun,
  Verdict,
} from '../../src/core/claim.js';
import { Failure } from '../../src/core/errors.js';
import { slotId } from '../../src/core/slot.js';
import { NEVER, StopSwitch } from '../../src/core/stop.js';

/** What a store's test file hands to the contract. */
export interface StoreUnderTest {
  /** Another store on the same data: what a second node would have. */
  open(): ClaimStore;
  /** The clock of the store, ms since the epoch. */
  now(): Promise<number>;
  /** The entries of a job's history, oldest first. */
  history(job: string): Promise<readonly Readonly<Record<string, string>>[]>;
}

const WITHIN = 5_000;
const HOUR = 3_600_000;
const DONE = { state: 'done', exit: 0 } as const;

/**
 * What every store of claims must do, whatever keeps its data. Called by one test file per store.
 *
 * @param start called before each test; data of earlier tests may still be there
 */
export function claimStoreContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a claim store:`, () => {
    let under: StoreUnderTest;
    let store: ClaimStore;
    let opened: ClaimStore[];
    let key: string;
    /** A round instant just gone by, by the store's clock. */
    let at: number;

    const open = () => {
      const another = under.open();
      opened.push(another);
      return another;
    };
    beforeEach(async () => {
      under = await start();
      opened = [];
      store = open();
      key = `job-${randomBytes(6).toString('hex')}`;
      at = Math.floor((await under.now()) / 60_000) * 60_000;
    });
    afterEach(() => {
      for (const each of opened) each.close();
    });

    const bidOf = (more: Partial<Bid> = {}): Bid => ({
      key,
      slot: slotAt(at),
      owner: randomBytes(16).toString('hex'),
      node: 'node-1',
      winners: 1,
      retain: HOUR,
      lease: 30_000,
      overlap: 'skip',
      schedule: '-',
      command: 'digest',
      version: '1.0.0',
      ...more,
    });
    const claim = async (more: Partial<Bid> & { again?: boolean } = {}, by = store) => {
      const { again = false, ...bid } = more;
      return (await by.claim(bidOf(bid), again, WITHIN)).verdict;
    };
    const win = async (more: Partial<Bid> = {}): Promise<Run> => runOf(await claim(more));

    describe('electing', () => {
      test('the first bid wins, with rank 1, attempt 1 and a fence', async () => {
        const bid = bidOf();
        const { verdict, decidedAt } = await store.claim(bid, false, WITHIN);
        const run = runOf(verdict);
        expect(run).toMatchObject({ key, slot: bid.slot, owner: bid.owner, node: 'node-1' });
        expect(run).toMatchObject({ rank: 1, attempt: 1 });
        expect(Number.isSafeInteger(run.fence)).toBe(true);
        expect(Math.abs(decidedAt - (await under.now()))).toBeLessThan(2_000);
      });

      test('every later bid loses and is told who won and how it goes', async () => {
        const run = await win({ node: 'node-7' });
        expect(await claim()).toEqual({
          kind: 'not-elected',
          rank: 2,
          holder: { node: 'node-7', claimedAt: expect.any(Number), state: 'running' },
        });
        await store.finish(run, { state: 'failed', exit: 3 }, WITHIN);
        expect(await claim()).toMatchObject({
          kind: 'not-elected',
          rank: 3,
          holder: { node: 'node-7', state: 'failed', exit: 3 },
        });
      });

      test('of many at the same moment exactly one wins, and all ranks differ', async () => {
        const stores = Array.from({ length: 20 }, open);
        const verdicts = await Promise.all(stores.map((each) => claim({}, each)));
        expect(verdicts.filter(({ kind }) => kind === 'won')).toHaveLength(1);
        expect(new Set(verdicts.map(rankOf))).toEqual(new Set(range(1, 20)));
      });

      test('with three winners the first three win and are told their rank', async () => {
        const stores = Array.from({ length: 10 }, open);
        const verdicts = await Promise.all(stores.map((each) => claim({ winners: 3 }, each)));
        const won = verdicts.filter(({ kind }) => kind === 'won').map(runOf);
        expect(won.map(({ rank }) => rank).sort()).toEqual([1, 2, 3]);
        expect(new Set(won.map(({ fence }) => fence)).size).toBe(3);
      });

      test('two jobs never meet, nor two slots', async () => {
        const slots = [slotAt(at - 60_000), slotAt(at), { id: 'by-hand' }];
        for (const name of [key, `${key}2`]) {
          for (const slot of slots) {
            expect(await claim({ key: name, slot, overlap: 'allow' })).toMatchObject({
              kind: 'won',
            });
          }
        }
      });
    });

    describe('asking again', () => {
      test('the same owner gets the same answer, won or lost, however often', async () => {
        const winner = bidOf();
        const loser = bidOf({ node: 'node-2' });
        const first = runOf(await claim(winner));
        expect(await claim(loser)).toMatchObject({ kind: 'not-elected', rank: 2 });
        for (const again of [true, false, true]) {
          expect(await claim({ ...winner, again })).toEqual({ kind: 'won', run: first });
        }
        expect(await claim({ ...loser, again: true })).toMatchObject({ kind: 'not-elected' });
        expect(await claim()).toMatchObject({ rank: 3 });
      });

      describe('after a long time, when the lease that nobody heard of has run out,', () => {
        const unheard = () => bidOf({ slot: slotAt(at - 60_000), lease: 400 });

        test('the owner begins with a fence of its own', async () => {
          const bid = unheard();
          const first = await win(bid);
          await gone(450);
          const second = runOf(await claim({ ...bid, again: true }));
          expect(second).toMatchObject({ rank: 1, attempt: 1 });
          expect(second.fence).toBeGreaterThan(first.fence);
          expect(await store.renew(second, WITHIN)).toBe('held');
        });

        test('it does not begin beside a run that has begun meanwhile', async () => {
          const bid = unheard();
          await win(bid);
          await gone(450);
          const next = await win();
          expect(await claim({ ...bid, again: true })).toMatchObject({
            kind: 'overlapped',
            by: { slot: next.slot.id },
          });
        });

        test('it has lost to a standby that took the slot over', async () => {
          const bid = unheard();
          await win(bid);
          await gone(450);
          await store.takeOver(bidOf({ slot: bid.slot }), 3, WITHIN);
          expect(await claim({ ...bid, again: true })).toMatchObject({ kind: 'not-elected' });
        });
      });

      test('the fence is a new one where another run was given a higher one meanwhile', async () => {
        const bid = bidOf({ winners: 2 });
        await win(bid);
        const other = await win({ winners: 2 });
        const heard = runOf(await claim({ ...bid, again: true }));
        expect(heard.fence).toBeGreaterThan(other.fence);
        expect(await claim({ ...bid, again: true })).toEqual({ kind: 'won', run: heard });
      });

      test('a bid that was never heard wins when it is asked again', async () => {
        expect(await claim({ again: true })).toMatchObject({ kind: 'won' });
      });

      test('whatever the order of nodes and repeats, a slot has as many winners as allowed', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 3 }),
            fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 15 }),
            async (winners, order) => {
              const name = `job-${randomBytes(6).toString('hex')}`;
              const bids = range(0, 4).map(() => bidOf({ key: name, winners }));
              const seen = new Map<number, Verdict>();
              for (const which of order) {
                const bid = bids[which] ?? bidOf();
                const before = seen.get(which);
                const verdict = await claim({ ...bid, again: before !== undefined });
                if (before !== undefined) expect(verdict.kind).toBe(before.kind);
                if (before?.kind === 'won') expect(rankOf(verdict)).toBe(rankOf(before));
                seen.set(which, verdict);
              }
              const won = [...seen.values()].filter(({ kind }) => kind === 'won').map(runOf);
              expect(won).toHaveLength(Math.min(winners, seen.size));
              expect(new Set(won.map(({ fence }) => fence)).size).toBe(won.length);
            },
          ),
          { numRuns: 30 },
        );
      });
    });

    describe('the guard of the clock', () => {
      const guarded = (offset: number, early: number, late: number) => ({
        slot: { id: `guarded${offset}`, due: { at: at + offset, early, late } },
      });

      test('a slot further ahead than `early` is refused and not burned', async () => {
        expect(await claim(guarded(HOUR, 30_000, HOUR))).toEqual({ kind: 'too-early' });
        expect(await claim(guarded(HOUR, 2 * HOUR, HOUR))).toMatchObject({ kind: 'won' });
      });

      test('a slot further gone than `late` is refused and not burned', async () => {
        expect(await claim(guarded(-2 * HOUR, 0, HOUR))).toEqual({ kind: 'too-late' });
        expect(await claim(guarded(-2 * HOUR, 0, 3 * HOUR))).toMatchObject({ kind: 'won' });
      });

      test('a refused slot leaves the watermark alone', async () => {
        await claim(guarded(HOUR, 30_000, HOUR));
        expect(await claim()).toMatchObject({ kind: 'won' });
      });

      test('a slot named by hand is not compared', async () => {
        expect(await claim({ slot: { id: '1999-12-31T23:59:59Z' } })).toMatchObject({
          kind: 'won',
        });
      });

      test('a slot below the newest one claimed is lost, even if nobody claimed it', async () => {
        await win();
        expect(await claim({ slot: slotAt(at - 60_000), overlap: 'allow' })).toEqual({
          kind: 'not-elected',
        });
      });
    });

    describe('the fence', () => {
      test('rises with every run, whatever the slot and the node', async () => {
        const fences: number[] = [];
        for (const minute of range(-5, 0)) {
          const run = await win({ slot: slotAt(at + minute * 60_000), node: `node-${-minute}` });
          fences.push(run.fence);
          await store.finish(run, DONE, WITHIN);
        }
        expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
      });

      test('is a number that a clock could have given, so that it rises after a loss of data', async () => {
        const now = await under.now();
        const { fence } = await win();
        expect(Math.abs(fence / 1_000 - now)).toBeLessThan(5_000);
      });
    });

    describe('overlap', () => {
      const earlier = () => ({ slot: slotAt(at - 60_000), node: 'node-7' });

      test('a slot that comes during an earlier run is consumed and not run', async () => {
        await win(earlier());
        const bid = bidOf();
        const overlapped = {
          kind: 'overlapped',
          by: { slot: slotId(at - 60_000), node: 'node-7' },
        };
        expect(await claim(bid)).toEqual(overlapped);
        expect(await claim({ ...bid, again: true })).toEqual(overlapped);
        expect(await under.history(key), 'told once').toMatchObject([
          { outcome: 'overlapped', owner: bid.owner, by: overlapped.by.slot },
        ]);
        expect(await claim()).toMatchObject({
          kind: 'not-elected',
          holder: { state: 'overlapped' },
        });
      });

      test('is none when the earlier run has ended', async () => {
        await store.finish(await win(earlier()), DONE, WITHIN);
        expect(await claim()).toMatchObject({ kind: 'won' });
      });

      test('is none when the lease of the earlier run has run out', async () => {
        await win({ ...earlier(), lease: 50 });
        await gone(60);
        expect(await claim()).toMatchObject({ kind: 'won' });
      });

      test('is none between the winners of one slot, but each of them overlaps the next', async () => {
        const first = await win({ ...earlier(), winners: 2 });
        const second = await win({ ...earlier(), winners: 2 });
        expect([first.rank, second.rank]).toEqual([1, 2]);
        await store.finish(first, DONE, WITHIN);
        expect(await claim()).toMatchObject({ kind: 'overlapped' });
      });

      test('is allowed where both may run', async () => {
        await win(earlier());
        expect(await claim({ overlap: 'allow' })).toMatchObject({ kind: 'won' });
      });
    });

    describe('the lease', () => {
      test('is extended by its owner, again and again', async () => {
        const run = await win({ lease: 400 });
        for (const _ of range(1, 4))
          expect(await store.renew({ ...run, lease: 400 }, WITHIN)).toBe('held');
        expect(await store.renew({ ...run, lease: HOUR }, WITHIN)).toBe('held');
        expect(await claim({ slot: { id: 'next' } })).toMatchObject({ kind: 'overlapped' });
      });

      test('is not extended by anyone else', async () => {
        const run = await win();
        expect(await store.renew({ ...run, owner: 'f'.repeat(32) }, WITHIN)).toBe('lost');
        expect(await store.renew({ ...run, rank: 2 }, WITHIN)).toBe('lost');
        expect(await store.renew({ ...run, slot: { id: 'other' } }, WITHIN)).toBe('lost');
      });

      test('once run out is lost for good', async () => {
        const run = await win({ lease: 50 });
        await gone(60);
        expect(await store.renew(run, WITHIN)).toBe('lost');
      });

      test('ends with the run', async () => {
        const run = await win();
        await store.finish(run, DONE, WITHIN);
        expect(await store.renew(run, WITHIN)).toBe('lost');
      });
    });

    describe('finishing', () => {
      test('is recorded for the owner, and as often as it asks', async () => {
        const run = await win();
        expect(await store.finish(run, DONE, WITHIN)).toBe(true);
        expect(await store.finish(run, DONE, WITHIN)).toBe(true);
      });

      test('is refused to anyone else, whose end changes nothing', async () => {
        const run = await win();
        const stranger = { ...run, owner: 'f'.repeat(32) };
        expect(await store.finish(stranger, { state: 'failed', exit: 9 }, WITHIN)).toBe(false);
        expect(await claim()).toMatchObject({ holder: { state: 'running' } });
        expect(await store.renew({ ...run, lease: HOUR }, WITHIN)).toBe('held');
      });

      test('never gives the slot back', async () => {
        await store.finish(await win(), { state: 'aborted', exit: 143 }, WITHIN);
        expect(await claim()).toMatchObject({ kind: 'not-elected' });
      });
    });

    describe('waiting for an earlier run', () => {
      const earlier = () => ({ slot: slotAt(at - 60_000), node: 'node-7' });
      const waiter = () => bidOf({ overlap: 'wait', lease: 300 });

      test('keeps the slot for the owner, who may run it when the earlier run has ended', async () => {
        const running = await win(earlier());
        const bid = waiter();
        expect(await claim(bid)).toMatchObject({
          kind: 'waiting',
          claimed: { rank: 1 },
          by: { slot: slotId(at - 60_000), node: 'node-7' },
        });
        expect(await claim(waiter())).toMatchObject({
          kind: 'not-elected',
          holder: { state: 'waiting' },
        });
        await store.finish(running, DONE, WITHIN);
        const run = runOf(await claim(bid));
        expect(run).toMatchObject({ rank: 1, attempt: 1, owner: bid.owner });
        expect(run.fence).toBeGreaterThan(running.fence);
        expect(await claim({ ...bid, again: true })).toEqual({ kind: 'won', run });
      });

      test('is told how long the earlier lease lasts', async () => {
        await win({ ...earlier(), lease: 5_000 });
        const verdict = await claim(waiter());
        if (verdict.kind !== 'waiting') throw new Error(verdict.kind);
        expect(verdict.forMs).toBeGreaterThan(3_000);
        expect(verdict.forMs).toBeLessThanOrEqual(5_000);
      });

      test('is woken when the earlier run ends', async () => {
        const running = await win(earlier());
        const verdict = await claim(waiter());
        if (verdict.kind !== 'waiting') throw new Error(verdict.kind);
        const woken = store.nextEvent(key, verdict.since, 20_000, NEVER);
        await open().finish(running, DONE, WITHIN);
        await woken;
      });

      test('can be given up, and the slot is then overlapped', async () => {
        await win(earlier());
        const verdict = await claim(waiter());
        if (verdict.kind !== 'waiting') throw new Error(verdict.kind);
        const end = { state: 'overlapped', exit: 0 } as const;
        expect(await store.finish(verdict.claimed, end, WITHIN)).toBe(true);
        expect(await claim()).toMatchObject({ holder: { state: 'overlapped' } });
      });

      test('of a waiter that died a standby takes the slot over', async () => {
        const running = await win(earlier());
        await claim(waiter());
        await store.finish(running, DONE, WITHIN);
        expect(await store.takeOver(bidOf(), 3, WITHIN)).toMatchObject({ kind: 'alive' });
        await gone(310);
        expect(await store.takeOver(bidOf(), 3, WITHIN)).toMatchObject({
          kind: 'won',
          run: { attempt: 1, rank: 1 },
        });
      });
    });

    describe('taking over', () => {
      const standby = (more: Partial<Bid> = {}) => bidOf({ node: 'node-2', ...more });
      const takeOver = (bid = standby(), turns = 3) => store.takeOver(bid, turns, WITHIN);

      test('is not possible while the winner is alive', async () => {
        await win({ lease: 5_000 });
        const answer = await takeOver();
        if (answer.kind !== 'alive') throw new Error(answer.kind);
        expect(answer.forMs).toBeGreaterThan(3_000);
      });

      test('is not possible when the run has ended, well or not', async () => {
        for (const state of ['done', 'failed', 'aborted'] as const) {
          const slot = { id: state };
          await store.finish(await win({ slot }), { state, exit: 0 }, WITHIN);
          expect(await takeOver(standby({ slot }))).toEqual({ kind: 'over', why: 'ended' });
        }
      });

      test('happens when the lease has run out, as the next attempt with a higher fence', async () => {
        const first = await win({ lease: 50 });
        await gone(60);
        const bid = standby();
        const answer = await takeOver(bid);
        if (answer.kind !== 'won') throw new Error(answer.kind);
        expect(answer.run).toMatchObject({ owner: bid.owner, rank: 1, attempt: 2, turn: 2 });
        expect(answer.run.fence).toBeGreaterThan(first.fence);
        expect(await takeOver(bid)).toEqual(answer);
        expect(await claim({ ...bid, again: true })).toEqual({ kind: 'won', run: answer.run });
      });

      test('leaves nothing to the one who died: it can renew, retry and finish no more', async () => {
        const first = await win({ lease: 50 });
        await gone(60);
        const answer = await takeOver();
        expect(await store.renew(first, WITHIN)).toBe('lost');
        expect(await store.retry(first, { state: 'failed', exit: 1 }, WITHIN)).toBeUndefined();
        expect(await store.finish(first, DONE, WITHIN)).toBe(false);
        expect(await takeOver(bidOf({ owner: first.owner }))).toMatchObject({ kind: 'alive' });
        if (answer.kind !== 'won') throw new Error(answer.kind);
        expect(await store.renew(answer.run, WITHIN)).toBe('held');
      });

      test('happens at once when the slot was handed back', async () => {
        await store.finish(await win(), { state: 'handed-back', exit: 143 }, WITHIN);
        expect(await takeOver()).toMatchObject({ kind: 'won', run: { attempt: 2 } });
      });

      test('wakes who waits for it', async () => {
        const run = await win();
        const answer = await takeOver();
        if (answer.kind !== 'alive') throw new Error(answer.kind);
        const woken = store.nextEvent(key, answer.since, 20_000, NEVER);
        await open().finish(run, { state: 'handed-back', exit: 143 }, WITHIN);
        await woken;
      });

      test('has as many turns as are allowed', async () => {
        let run = await win();
        for (const turn of [2, 3]) {
          await store.finish(run, { state: 'handed-back', exit: 143 }, WITHIN);
          const answer = await takeOver();
          if (answer.kind !== 'won') throw new Error(answer.kind);
          run = answer.run;
          expect(run.turn).toBe(turn);
        }
        await store.finish(run, { state: 'handed-back', exit: 143 }, WITHIN);
        expect(await takeOver()).toEqual({ kind: 'over', why: 'turns' });
      });

      test('of a hundred at once gives one', async () => {
        await store.finish(await win(), { state: 'handed-back', exit: 143 }, WITHIN);
        const stores = range(1, 10).map(open);
        const answers = await Promise.all(
          range(0, 99).map((i) => (stores[i % 10] ?? store).takeOver(standby(), 9, WITHIN)),
        );
        expect(answers.filter(({ kind }) => kind === 'won')).toHaveLength(1);
      });

      test('replaces a dead winner under its own rank', async () => {
        const runs = [await win({ winners: 3 }), await win({ winners: 3, lease: 50 })];
        runs.push(await win({ winners: 3 }));
        await gone(60);
        const bid = standby({ winners: 3 });
        expect(await takeOver(bid)).toMatchObject({ kind: 'won', run: { rank: 2, attempt: 2 } });
        expect(await takeOver(standby({ winners: 3 }))).toMatchObject({ kind: 'alive' });
      });

      test('does not run beside a later slot', async () => {
        await win({ slot: slotAt(at - 60_000), lease: 50 });
        await gone(60);
        await win();
        const late = standby({ slot: slotAt(at - 60_000) });
        expect(await takeOver(late)).toEqual({ kind: 'over', why: 'overlapped' });
        expect(await takeOver({ ...late, overlap: 'allow' })).toMatchObject({ kind: 'won' });
      });

      test('of a slot of which nothing is known is nothing yet: its holder may tell of it', async () => {
        expect(await takeOver()).toMatchObject({ kind: 'unknown', forMs: 30_000 });
      });
    });

    describe('trying again', () => {
      const FAILED = { state: 'failed', exit: 1 } as const;

      test('is the next attempt of the same owner, with a higher fence', async () => {
        const first = await win();
        const second = await store.retry(first, FAILED, WITHIN);
        expect(second).toMatchObject({ owner: first.owner, rank: 1, attempt: 2, turn: 1 });
        expect(second?.fence).toBeGreaterThan(first.fence);
        expect(await store.retry(first, FAILED, WITHIN)).toEqual(second);
        if (second === undefined) throw new Error('lost');
        expect(await store.renew(second, WITHIN)).toBe('held');
        expect(await store.finish(second, DONE, WITHIN)).toBe(true);
        expect(await claim()).toMatchObject({ holder: { state: 'done' } });
      });

      test('is not taken back by a renewal that was on its way meanwhile', async () => {
        const first = await win();
        const second = await store.retry(first, FAILED, WITHIN);
        expect(await store.renew(first, WITHIN)).toBe('held');
        expect(await store.retry(first, FAILED, WITHIN)).toEqual(second);
        expect(await under.history(key)).toHaveLength(1);
      });

      test('is not possible once the lease has run out', async () => {
        const run = await win({ lease: 50 });
        await gone(60);
        expect(await store.retry(run, FAILED, WITHIN)).toBeUndefined();
      });
    });

    describe('telling of an unlocked run', () => {
      const unlocked = (more: Partial<UnlockedRun> = {}): UnlockedRun => ({
        ...bidOf(),
        unlocked: new Failure('unavailable', 'away'),
        attempt: 1,
        startedAt: 1_000,
        ...more,
      });
      const tell = (run: UnlockedRun, end?: RunEnd, by = store) =>
        by.noteUnlocked(end === undefined ? { run } : { run, ended: { end, at: 2_000 } }, WITHIN);
      const FAILED = { state: 'failed', exit: 7, signal: 'SIGTERM', output: 'no disk' } as const;

      test('leaves an entry for its beginning, and one for its end', async () => {
        const run = unlocked();
        await tell(run);
        await tell(run, FAILED);
        const common = {
          slot: run.slot.id,
          owner: run.owner,
          node: 'node-1',
          attempt: '1',
          fence: '',
          rank: '',
          started: '1000',
          command: 'digest',
          version: '1.0.0',
          unlocked: '1',
        };
        const end = { ended: '2000', exit: '7', signal: 'SIGTERM', output: 'no disk' };
        expect(await under.history(key)).toEqual([
          { ...common, outcome: 'unlocked' },
          { ...common, outcome: 'failed', ...end },
        ]);
      });

      test('is told once, however often it is asked and whatever comes between', async () => {
        const runs = [unlocked(), unlocked({ node: 'node-2' })];
        for (const end of [undefined, DONE]) {
          for (const _ of range(1, 3)) for (const run of runs) await tell(run, end);
        }
        expect(await under.history(key)).toHaveLength(4);
      });

      test('that is heard after its end is no news', async () => {
        const run = unlocked();
        await tell(run, DONE);
        await tell(run);
        expect(await under.history(key)).toMatchObject([{ outcome: 'done' }]);
      });

      test('is told for each attempt', async () => {
        const run = unlocked();
        await tell(run);
        await tell(run, FAILED);
        await tell({ ...run, attempt: 2 }, DONE);
        expect(await under.history(key)).toMatchObject([
          { attempt: '1', outcome: 'unlocked' },
          { attempt: '1', outcome: 'failed' },
          { attempt: '2', outcome: 'done' },
        ]);
      });

      test('claims nothing: the slot is won by whoever bids, and so is the next', async () => {
        const run = unlocked({ slot: slotAt(at - 60_000) });
        await tell(run);
        expect(await claim({ slot: run.slot })).toMatchObject({ kind: 'won', run: { rank: 1 } });
        const other = unlocked({ key: `${key}2` });
        await tell(other);
        await tell(other, DONE);
        expect(await claim({ key: other.key })).toMatchObject({ kind: 'won', run: { rank: 1 } });
      });

      test('leaves the runs of others alone: they hold on, and are taken over if they die', async () => {
        const run = await win({ lease: 2_000 });
        const mine = unlocked({ slot: run.slot });
        await tell(mine);
        await tell(mine, DONE);
        expect(await store.renew(run, WITHIN)).toBe('held');
        expect(await store.takeOver(bidOf(), 3, WITHIN)).toMatchObject({ kind: 'alive' });
        await store.finish(run, { state: 'handed-back', exit: 143 }, WITHIN);
        await tell({ ...mine, attempt: 2 }, DONE);
        const taken = await store.takeOver(bidOf(), 3, WITHIN);
        if (taken.kind !== 'won') throw new Error(taken.kind);
        expect(taken.run.fence).toBeGreaterThan(run.fence);
      });

      test('does not make a standby believe that the slot is over', async () => {
        await tell(unlocked());
        expect(await store.takeOver(bidOf(), 3, WITHIN)).toMatchObject({ kind: 'unknown' });
      });

      describe('whose claim was counted without its hearing so', () => {
        test('keeps standbys from running it as well', async () => {
          const run = await win({ lease: 50 });
          await tell(unlocked({ owner: run.owner }));
          await gone(60);
          expect(await store.takeOver(bidOf(), 3, WITHIN)).toEqual({ kind: 'over', why: 'ended' });
          expect(await claim()).toMatchObject({ holder: { state: 'unlocked' } });
          await tell(unlocked({ owner: run.owner }), DONE);
          expect(await claim()).toMatchObject({ holder: { state: 'done' } });
          expect((await under.history(key)).map(({ outcome }) => outcome)).toEqual([
            'unlocked',
            'done',
          ]);
        });

        test('is not in the way of the next slot', async () => {
          const run = await win({ slot: slotAt(at - 60_000) });
          await tell(unlocked({ owner: run.owner, slot: run.slot }));
          expect(await claim()).toMatchObject({ kind: 'won' });
        });

        test('leaves the slot to a standby that has it already', async () => {
          const run = await win({ lease: 50 });
          await gone(60);
          const taken = await store.takeOver(bidOf(), 3, WITHIN);
          if (taken.kind !== 'won') throw new Error(taken.kind);
          await tell(unlocked({ owner: run.owner }), DONE);
          expect(await store.renew(taken.run, WITHIN)).toBe('held');
          expect(await claim()).toMatchObject({ holder: { state: 'running' } });
        });
      });
    });

    describe('in shadow', () => {
      const inShadow = (unlocked: NoLock): UnlockedRun<NoLock> => ({
        ...bidOf(),
        shadow: true,
        unlocked,
        attempt: 1,
        startedAt: 1_000,
      });
      const skipped = (verdict: Skip): NoLock => ({ verdict, decidedAt: 1_500 });
      const holder = { node: 'node-7', claimedAt: 1_000, state: 'running' } as const;

      test('a winner wins for real, and the end of its run says that it was in shadow', async () => {
        const run = await win({ shadow: true });
        expect(await claim()).toMatchObject({ kind: 'not-elected', holder: { state: 'running' } });
        const next = await store.retry(run, { state: 'failed', exit: 7 }, WITHIN);
        if (next === undefined) throw new Error('lost');
        await store.finish(next, DONE, WITHIN);
        expect(await under.history(key)).toMatchObject([
          { outcome: 'failed', shadow: 'won' },
          { outcome: 'done', shadow: 'won', exit: '0' },
        ]);
      });

      test.each<[string, NoLock, Record<string, string>]>([
        ['not-elected', skipped({ kind: 'not-elected', rank: 2, holder }), { holder: 'node-7' }],
        ['not-elected', skipped({ kind: 'not-elected' }), {}],
        [
          'overlapped',
          skipped({ kind: 'overlapped', by: { slot: 'before', node: 'node-7' } }),
          { holder: 'node-7', by: 'before' },
        ],
        ['too-early', skipped({ kind: 'too-early' }), {}],
        ['too-late', skipped({ kind: 'too-late' }), {}],
        ['denied', new Failure('denied', 'no'), {}],
        ['unavailable', new Failure('unavailable', 'away'), {}],
        ['lease-lost', 'lease-lost', {}],
      ])('a run that would not have been says why: %s', async (shadow, unlocked, inTheWay) => {
        const run = inShadow(unlocked);
        const ended = { end: { state: 'failed', exit: 7 }, at: 2_000 } as const;
        await store.noteUnlocked({ run, ended }, WITHIN);
        expect(await under.history(key)).toEqual([
          {
            slot: run.slot.id,
            owner: run.owner,
            node: 'node-1',
            attempt: '1',
            fence: '',
            rank: '',
            started: '1000',
            command: 'digest',
            version: '1.0.0',
            outcome: 'failed',
            unlocked: '1',
            shadow,
            ...inTheWay,
            ended: '2000',
            exit: '7',
          },
        ]);
      });

      test('a run that was overlapped is in the way of nobody, and its claim stays as it was', async () => {
        const earlier = await win({ slot: slotAt(at - 60_000) });
        const bid = bidOf({ shadow: true });
        const { verdict, decidedAt } = await store.claim(bid, false, WITHIN);
        if (verdict.kind !== 'overlapped') throw new Error(verdict.kind);
        const unlocked = { verdict, decidedAt };
        const run = { ...bid, unlocked, attempt: 1, startedAt: 1_000 };
        await store.noteUnlocked({ run, ended: { end: DONE, at: 2_000 } }, WITHIN);
        expect(await claim()).toMatchObject({ holder: { state: 'overlapped' } });
        expect(await store.renew(earlier, WITHIN)).toBe('held');
        expect(await under.history(key), 'one run, and no skip').toMatchObject([
          { outcome: 'done', shadow: 'overlapped', by: earlier.slot.id, rank: '1' },
        ]);
      });
    });

    describe('waiting for an event', () => {
      test('ends when its time is over', async () => {
        await store.nextEvent(key, '0-0', 50, NEVER);
      });

      test('is over at once for what has happened already', async () => {
        await store.finish(await win(), DONE, WITHIN);
        await store.nextEvent(key, '0-0', 20_000, NEVER);
      });

      test('ends when it is told to stop, and the store can be asked again', async () => {
        const stop = new StopSwitch();
        const waiting = store.nextEvent(key, '0-0', 60_000, stop);
        stop.request();
        await waiting;
        expect(await claim()).toMatchObject({ kind: 'won' });
      });
    });

    describe('being there', () => {
      test('is found out without changing anything', async () => {
        await store.reach(WITHIN);
        await store.reach(WITHIN);
        expect(await claim()).toMatchObject({ kind: 'won', run: { rank: 1 } });
      });
    });

    test('names of jobs, nodes and slots may hold whatever is allowed', async () => {
      const names = ['a b', 'a{b}c', '}{', 'a:b', 'ä/ü%', '日本', '*?[x]', "it's", '%7B', '~(!)'];
      for (const name of names) {
        const bid = bidOf({ key: `${key} ${name}`, slot: { id: 'x:%"' }, node: 'ä:"7' });
        expect(await claim(bid), name).toMatchObject({ kind: 'won' });
        expect(await claim({ ...bid, owner: 'e'.repeat(32) }), name).toMatchObject({
          holder: { node: 'ä:"7' },
        });
      }
    });

    /** Lets `ms` go by on the clock of the store. */
    async function gone(ms: number): Promise<void> {
      const end = (await under.now()) + ms;
      await expect.poll(() => under.now(), { interval: 10 }).toBeGreaterThan(end);
    }
  });
}

function slotAt(at: number): Bid['slot'] {
  return { id: slotId(at), due: { at, early: 30_000, late: HOUR } };
}

function runOf(verdict: Answer['verdict']): Run {
  if (verdict.kind !== 'won') throw new Error(`not won: ${JSON.stringify(verdict)}`);
  return verdict.run;
}

function rankOf(verdict: Verdict): number | undefined {
  if (verdict.kind === 'won') return verdict.run.rank;
  return verdict.kind === 'not-elected' ? verdict.rank : undefined;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
