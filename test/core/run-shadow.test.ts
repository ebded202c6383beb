import { beforeEach, describe, expect, test } from 'vitest';
import type {
  Answer,
  Bid,
  Claimed,
  ClaimStore,
  NoLock,
  Run,
  RunEnd,
  UnlockedNote,
  UnlockedRun,
} from '../../src/core/claim.js';
import { Failure, NoAnswer } from '../../src/core/errors.js';
import { reasonOf } from '../../src/core/no-lock.js';
import type { Outcome } from '../../src/core/outcome.js';
import { type RunOnce, runOnce } from '../../src/core/run-once.js';
import { StopSwitch } from '../../src/core/stop.js';
import { BID } from '../support/bid.js';
import { VirtualClock } from './virtual-clock.js';

const DONE: RunEnd = { state: 'done', exit: 0 };
const FAILED: RunEnd = { state: 'failed', exit: 7 };
const away = new NoAnswer('connection refused', false);
const BLOCKER = { slot: 'before', node: 'node-7' };
const HOLDER = { node: 'node-7', claimedAt: 1, state: 'running' } as const;

let clock: VirtualClock;
let stop: StopSwitch;
let bids: Bid[];
let ends: [Claimed, RunEnd][];
let notes: UnlockedNote[];
/** Runs with a lease, and without, as they began; `at`: ms of the virtual clock. */
let runs: { run: Run | UnlockedRun<NoLock>; at: number }[];
let troubles: string[];
/** How each attempt ends, in turn; done where nothing is left. */
let endings: RunEnd[];
let won: Answer['verdict'];
let store: ClaimStore;

beforeEach(() => {
  clock = new VirtualClock();
  stop = new StopSwitch();
  [bids, ends, notes, runs, troubles, endings] = [[], [], [], [], [], []];
  const never = () => Promise.reject(new Error('not asked in shadow'));
  store = {
    async claim(bid) {
      bids.push(bid);
      won = {
        kind: 'won',
        run: { ...bid, rank: 1, attempt: 1, turn: 1, fence: 7, startedAt: 1 },
      };
      return { verdict: won, decidedAt: 1 };
    },
    async finish(claimed, end) {
      ends.push([claimed, end]);
      return true;
    },
    async noteUnlocked(note) {
      notes.push(note);
    },
    renew: async () => 'held',
    retry: async (run) => ({ ...run, attempt: run.attempt + 1, fence: run.fence + 1 }),
    takeOver: never,
    reach: never,
    nextEvent: never,
    close: () => {},
  };
});

const answering = (verdict: Answer['verdict']): Partial<ClaimStore> => ({
  async claim(bid) {
    bids.push(bid);
    return { verdict, decidedAt: 1 };
  },
});

function begin(
  other: Partial<ClaimStore> = {},
  more: Partial<RunOnce<string>> = {},
): Promise<Outcome<string>> {
  const job = async (run: Run | UnlockedRun<NoLock>) => {
    runs.push({ run, at: clock.monotonic() });
    return { value: `attempt ${run.attempt}`, end: endings.shift() ?? DONE };
  };
  return runOnce<string>({
    store: { ...store, ...other },
    clock,
    bid: BID,
    within: 5_000,
    stop,
    waitTimeout: 600_000,
    turns: 3,
    retries: { limit: 0, delay: 0 },
    reserve: 0,
    isHandedBack: () => false,
    troubles: {
      leaseLost: () => troubles.push('lease lost'),
      notRetried: () => troubles.push('not retried'),
      restated: () => troubles.push('restated'),
      notRecorded: () => troubles.push('not recorded'),
    },
    onUnavailable: 'fail',
    now: () => 1_000_000 + clock.monotonic(),
    job,
    shadow: job,
    ...more,
  });
}

/** What it comes to, once all the time that it may take has gone by. */
async function inTime(outcome: Promise<Outcome<string>>): Promise<Outcome<string>> {
  await clock.pass(3_600_000);
  return outcome;
}

describe('the winner', () => {
  test('runs as usual, under its lease, and its bid says that it is in shadow', async () => {
    expect(await inTime(begin())).toMatchObject({ kind: 'ran', value: 'attempt 1' });
    expect(bids).toMatchObject([{ shadow: true }]);
    expect(runs).toMatchObject([{ run: { fence: 7, rank: 1, shadow: true }, at: 0 }]);
    expect(ends).toMatchObject([[{ shadow: true }, { state: 'done' }]]);
    expect(notes).toEqual([]);
  });

  test('hands its slot back to standbys that are not in shadow', async () => {
    endings = [FAILED];
    await inTime(begin({}, { isHandedBack: () => true }));
    expect(ends).toMatchObject([[{}, { state: 'handed-back' }]]);
  });

  const losses: [string, Partial<ClaimStore>][] = [
    ['somebody else holds it', { renew: async () => 'lost', retry: async () => undefined }],
    ['the store is away', { renew: () => Promise.reject(away), retry: () => Promise.reject(away) }],
  ];
  test.each(losses)('makes its retries, when they are due, though %s', async (_, other) => {
    endings = [FAILED, FAILED, DONE];
    const retries = { limit: 5, delay: 120_000 };
    const outcome = await inTime(begin(other, { retries }));
    expect(outcome).toMatchObject({ kind: 'unlocked', value: 'attempt 3', told: true });
    expect(runs).toMatchObject([
      { run: { attempt: 1, fence: 7 } },
      { run: { attempt: 2, unlocked: 'lease-lost' } },
      { run: { attempt: 3, unlocked: 'lease-lost' } },
    ]);
    const [first = 0, second = 0, third = 0] = runs.map(({ at }) => at);
    // Half of it is jitter; the virtual clock's is half of that.
    expect(second - first).toBeGreaterThanOrEqual(90_000);
    expect(second - first).toBeLessThan(92_000);
    expect(third - second).toBeGreaterThanOrEqual(180_000);
    expect(third - second).toBeLessThan(182_000);
    expect(ends).toMatchObject([[{ attempt: 1 }, { state: 'failed' }]]);
    expect(troubles).not.toContain('not retried');
    expect(clock.waiting, 'timers left').toBe(0);
  });

  test('makes no more retries than are wished, with lease or without', async () => {
    endings = Array.from({ length: 9 }, () => FAILED);
    let answers = 1;
    const retry = (run: Run) =>
      answers-- > 0 ? store.retry(run, FAILED, 1) : Promise.reject(away);
    await inTime(begin({ retry }, { retries: { limit: 3, delay: 1_000 } }));
    expect(runs.map(({ run }) => run.attempt)).toEqual([1, 2, 3, 4]);
    expect(runs.map(({ run }) => 'fence' in run)).toEqual([true, true, false, false]);
  });

  test('runs the job though its lease ran out before it could begin', async () => {
    const outcome = await inTime(
      begin({
        async claim(bid) {
          const answer = await store.claim(bid, false, 1);
          clock.suspend(45_000);
          return answer;
        },
      }),
    );
    expect(outcome).toMatchObject({
      kind: 'unlocked',
      run: { unlocked: 'lease-lost', attempt: 1 },
    });
    expect(runs).toHaveLength(1);
    expect(ends).toMatchObject([[{}, { state: 'aborted', leaseLost: true }]]);
  });

  test('is not run again once it is told to stop', async () => {
    endings = [FAILED];
    const outcome = begin(
      { retry: () => Promise.reject(away) },
      { retries: { limit: 5, delay: 9_000 } },
    );
    await clock.pass(1_000);
    stop.request();
    expect(await inTime(outcome)).toMatchObject({ kind: 'ran', value: 'attempt 1' });
    expect(runs).toHaveLength(1);
  });
});

const refusals: [string, Partial<ClaimStore>][] = [
  ['not-elected', answering({ kind: 'not-elected', rank: 2, holder: HOLDER })],
  ['overlapped', answering({ kind: 'overlapped', by: BLOCKER })],
  ['too-early', answering({ kind: 'too-early' })],
  ['too-late', answering({ kind: 'too-late' })],
  ...(['denied', 'config', 'protocol', 'usage'] as const).map(
    (kind): [string, Partial<ClaimStore>] => [
      kind,
      { claim: () => Promise.reject(new Failure(kind, 'no')) },
    ],
  ),
];

describe.each(refusals)('a bid that comes to %s', (reason, other) => {
  test('is a run at once, without a lock', async () => {
    const outcome = await inTime(begin(other));
    expect(outcome).toMatchObject({ kind: 'unlocked', value: 'attempt 1', told: true });
    expect(runs).toMatchObject([{ run: { attempt: 1, shadow: true }, at: 0 }]);
    const [{ run } = {}] = runs;
    if (run === undefined || !('unlocked' in run)) throw new Error('with a lock');
    expect(reasonOf(run.unlocked)).toBe(reason);
    expect(run).not.toHaveProperty('fence');
    expect(run).not.toHaveProperty('rank');
    expect(ends).toEqual([]);
  });

  test('is run again where the job failed', async () => {
    endings = [FAILED, FAILED];
    const outcome = await inTime(begin(other, { retries: { limit: 2, delay: 10_000 } }));
    expect(outcome).toMatchObject({ value: 'attempt 3' });
    expect(notes.filter(({ ended }) => ended).map(({ run }) => run.attempt)).toEqual([1, 2, 3]);
  });

  test('is no run where it is told to stop meanwhile', async () => {
    stop.request();
    expect(await inTime(begin(other))).toEqual({ kind: 'stopped', because: 'told' });
    expect(runs).toEqual([]);
  });
});

/** A job that goes on until it is told to end. */
function longJob() {
  let end: (result: { value: string; end: RunEnd }) => void = () => {};
  const shadow = () =>
    new Promise<{ value: string; end: RunEnd }>((resolve) => {
      end = resolve;
    });
  return { shadow, end: () => end({ value: 'long', end: DONE }) };
}

test('what the store decided against is told by its end alone', async () => {
  const { shadow, end } = longJob();
  const lost = answering({ kind: 'not-elected', rank: 2, holder: HOLDER });
  const outcome = begin(lost, { shadow });
  await clock.pass(60_000);
  expect(notes).toEqual([]);
  end();
  expect(await inTime(outcome)).toMatchObject({ value: 'long', told: true });
  expect(notes).toMatchObject([
    { run: { attempt: 1, startedAt: 1_000_000 }, ended: { end: DONE, at: 1_060_000 } },
  ]);
});

test('nobody waits: not for an earlier run', async () => {
  await inTime(begin({}, { bid: { ...BID, overlap: 'wait' } }));
  await inTime(begin({}, { bid: { ...BID, overlap: 'allow' } }));
  expect(bids.map(({ overlap }) => overlap)).toEqual(['skip', 'allow']);
});

describe('a store that does not answer', () => {
  test.each([200, 5_000, 90_000])(
    'delays the job by a second at most, of %i ms',
    async (within) => {
      const asked: number[] = [];
      const claim: ClaimStore['claim'] = (_, __, ms) => {
        asked.push(ms);
        return new Promise((_resolve, reject) =>
          clock.after(ms, () => reject(new NoAnswer('no', true))),
        );
      };
      const outcome = await inTime(begin({ claim }, { within }));
      expect(outcome).toMatchObject({ kind: 'unlocked' });
      expect(runs[0]?.at).toBeLessThanOrEqual(Math.min(within, 1_000));
      expect(asked.length).toBeGreaterThan(1);
    },
  );

  test('delays the end of the job by a second at most', async () => {
    const hang = <T>(ms: number) =>
      new Promise<T>((_, reject) => clock.after(ms, () => reject(new NoAnswer('no', true))));
    let over = -1;
    const outcome = begin(
      { claim: () => Promise.reject(away), noteUnlocked: (_, ms) => hang(ms) },
      { within: 90_000 },
    ).then((ended) => {
      over = clock.monotonic();
      return ended;
    });
    expect(await inTime(outcome)).toMatchObject({ told: false });
    expect(over - (runs[0]?.at ?? 0)).toBeLessThanOrEqual(1_000);
  });

  test('is told that the job runs, since it may have counted the claim', async () => {
    const { shadow, end } = longJob();
    const outcome = begin({ claim: () => Promise.reject(away) }, { shadow });
    await clock.pass(10_000);
    expect(notes).toMatchObject([{ run: { attempt: 1, shadow: true, unlocked: away } }]);
    end();
    await inTime(outcome);
    expect(notes).toHaveLength(2);
  });
});

test('a mishap of ours is no failure of Redis: nothing is run', async () => {
  const bug = new TypeError('a bug');
  await expect(begin({ claim: () => Promise.reject(bug) })).rejects.toBe(bug);
  expect(runs).toEqual([]);
});
