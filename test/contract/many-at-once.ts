import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bid, ClaimStore } from '../../src/core/claim.js';
import { StopSwitch } from '../../src/core/stop.js';
import { BID } from '../support/bid.js';
import type { StoreUnderTest } from './claim-store.js';

const WITHIN = 5_000;
const STANDBYS = 50;
/** ms that a standby would wait if nothing woke it: longer than a test may take. */
const LONG = 60_000;

/** One that waits for an event of a job of its own. */
interface Standby {
  readonly job: string;
  readonly since: string;
  readonly stop: StopSwitch;
  readonly woken: Promise<string>;
}

/**
 * What a store must do besides that is shared by all jobs of a process: see claim-store.ts.
 *
 * @param start called before each test; data of earlier tests may still be there
 */
export function manyAtOnceContract(
  name: string,
  start: () => Promise<Pick<StoreUnderTest, 'open'>>,
): void {
  describe(`${name} can be asked for many jobs at once:`, () => {
    let store: ClaimStore;
    let other: ClaimStore;
    let fleet: string;
    let standbys: readonly Standby[];
    beforeEach(async () => {
      const under = await start();
      [store, other] = [under.open(), under.open()];
      fleet = randomBytes(6).toString('hex');
      standbys = [];
    });
    afterEach(async () => {
      for (const { stop } of standbys) stop.request();
      await Promise.all(standbys.map(({ woken }) => woken));
      for (const each of [store, other]) each.close();
    });

    const bidFor = (job: string): Bid => ({
      ...BID,
      key: job,
      owner: randomBytes(16).toString('hex'),
      node: 'node-1',
    });
    const win = async (job: string, by = store) => {
      const { verdict } = await by.claim(bidFor(job), false, WITHIN);
      if (verdict.kind !== 'won') throw new Error(verdict.kind);
      return verdict.run;
    };
    const standBy = async (job: string): Promise<Standby> => {
      const answer = await store.takeOver(bidFor(job), 3, WITHIN);
      if (answer.kind !== 'alive') throw new Error(answer.kind);
      const stop = new StopSwitch();
      const { since } = answer;
      return { job, since, stop, woken: store.nextEvent(job, since, LONG, stop).then(() => job) };
    };
    const jobs = () => Array.from({ length: STANDBYS }, (_, i) => `job-${fleet}-${i}`);
    const at = <T>(list: readonly T[], index: number): T => {
      const item = list[index];
      if (item === undefined) throw new RangeError(String(index));
      return item;
    };

    test('a hundred claims are all answered, each with its own run', async () => {
      const names = Array.from({ length: 100 }, (_, i) => `job-${fleet}-${i}`);
      const runs = await Promise.all(names.map((job) => win(job)));
      expect(runs.map(({ key, rank }) => [key, rank])).toEqual(names.map((job) => [job, 1]));
    });

    describe('while fifty standbys wait for as many jobs,', () => {
      let runs: readonly Awaited<ReturnType<typeof win>>[];
      const handBack = (index: number) =>
        other.finish(at(runs, index), { state: 'handed-back', exit: 143 }, WITHIN);
      /** The names of those that are woken, in that order. */
      let woken: string[];
      beforeEach(async () => {
        runs = await Promise.all(jobs().map((job) => win(job, other)));
        standbys = await Promise.all(jobs().map(standBy));
        woken = [];
        for (const standby of standbys) void standby.woken.then((job) => woken.push(job));
      });

      test('claims are answered as if nobody waited', async () => {
        const began = performance.now();
        for (let i = 0; i < 10; i++) await win(`other-${fleet}-${i}`);
        expect((performance.now() - began) / 10).toBeLessThan(500);
        expect(woken).toEqual([]);
      });

      test('an event wakes those who wait for it, and no others', async () => {
        const twin = await standBy(at(standbys, 7).job);
        standbys = [...standbys, twin];
        await handBack(7);
        await Promise.all([at(standbys, 7).woken, twin.woken]);
        expect(woken).toEqual([at(standbys, 7).job]);
        await handBack(31);
        await at(standbys, 31).woken;
        expect(woken).toEqual([at(standbys, 7).job, at(standbys, 31).job]);
      });

      test('a stop ends the waiting of one and of no other', async () => {
        at(standbys, 3).stop.request();
        await at(standbys, 3).woken;
        await handBack(4);
        await at(standbys, 4).woken;
        expect(woken).toEqual([at(standbys, 3).job, at(standbys, 4).job]);
      });

      test('the time of one that is over ends the waiting of no other', async () => {
        const { job, since } = at(standbys, 0);
        await store.nextEvent(job, since, 50, new StopSwitch());
        await handBack(0);
        await at(standbys, 0).woken;
        expect(woken).toEqual([job]);
      });
    });

    test('closing it ends all that wait', async () => {
      await win(`job-${fleet}`, other);
      const { woken } = await standBy(`job-${fleet}`);
      store.close();
      await expect(woken).rejects.toMatchObject({ kind: 'unavailable' });
    });
  });
}
