import { beforeEach, describe, expect, test } from 'vitest';
import type {
  Answer,
  Bid,
  ClaimStore,
  RunEnd,
  UnlockedNote,
  UnlockedRun,
} from '../../src/core/claim.js';
import { Failure, NoAnswer } from '../../src/core/errors.js';
import type { Outcome } from '../../src/core/outcome.js';
import { type RunOnce, runOnce } from '../../src/core/run-once.js';
import { StopSwitch } from '../../src/core/stop.js';
import { BID as A_BID } from '../support/bid.js';
import { VirtualClock } from './virtual-clock.js';

const BID: Bid = { ...A_BID, owner: 'me', overlap: 'wait' };
const away = new NoAnswer('connection refused', false);
const DONE: RunEnd = { state: 'done', exit: 0 };
const FAILED: RunEnd = { state: 'failed', exit: 7 };
/** What this node's own clock says when the virtual one begins. */
const BEGINNING = 1_000_000;

let clock: VirtualClock;
let stop: StopSwitch;
/** What the store answers to a bid; it is away where nothing is left. */
let verdicts: Answer['verdict'][];
let isBack: boolean;
let told: { note: UnlockedNote; at: number }[];
/** When the history was asked to listen, ms of the virtual clock. */
let tries: number[];
let runs: UnlockedRun[];
/** Ends the job that runs. */
let endJob: (end: RunEnd) => void;

beforeEach(() => {
  clock = new VirtualClock();
  stop = new StopSwitch();
  verdicts = [];
  isBack = false;
  told = [];
  tries = [];
  runs = [];
});

const refuse = () => Promise.reject(away);
const store: ClaimStore = {
  async claim() {
    const verdict = verdicts.shift();
    if (verdict === undefined) throw away;
    return { verdict, decidedAt: 1 };
  },
  async noteUnlocked(note) {
    tries.push(clock.monotonic());
    if (!isBack) throw away;
    told.push({ note, at: clock.monotonic() });
  },
  takeOver: refuse,
  finish: refuse,
  renew: refuse,
  retry: refuse,
  nextEvent: refuse,
  reach: refuse,
  close: () => {},
};

function begin(more: Partial<RunOnce<string>> = {}): Promise<Outcome<string>> {
  return runOnce<string>({
    store,
    clock,
    bid: BID,
    within: 5_000,
    stop,
    waitTimeout: 600_000,
    retries: { limit: 0, delay: 0 },
    reserve: 0,
    isHandedBack: () => false,
    troubles: {
      leaseLost: () => {},
      notRetried: () => {},
      restated: () => {},
      notRecorded: () => {},
    },
    now: () => BEGINNING + clock.monotonic(),
    onUnavailable: (run) => {
      runs.push(run);
      return new Promise((resolve) => {
        endJob = (end) => resolve({ value: `attempt ${run.attempt}`, end });
      });
    },
    job: () => Promise.reject(new Error('nobody was elected')),
    ...more,
  });
}

/** What a question comes to, once all the time that it may take has gone by. */
async function inTime<T>(question: Promise<T>): Promise<T | unknown> {
  const answer = question.catch((error: unknown) => error);
  await clock.pass(120_000);
  return answer;
}

const elected: [string, Answer['verdict'][], boolean][] = [
  ['bidding', [], false],
  ['standing-by', [{ kind: 'not-elected', rank: 2 }], true],
  [
    'waiting',
    [
      {
        kind: 'waiting',
        claimed: { ...BID, rank: 1, attempt: 0 },
        by: { slot: 'before', node: 'node-7' },
        forMs: 30_000,
        since: '0-0',
      },
    ],
    false,
  ],
];

describe.each(elected)(
  'when the store is away from a node that is %s,',
  (phase, answers, stands) => {
    const options = stands ? { turns: 3 } : {};
    beforeEach(() => {
      verdicts = [...answers];
    });

    test('fail is the failure itself', async () => {
      expect(await inTime(begin({ ...options, onUnavailable: 'fail' }))).toBe(away);
    });

    test('skip is an outcome of its own, never a loss', async () => {
      const outcome = await inTime(begin({ ...options, onUnavailable: 'skip' }));
      expect(outcome).toEqual({ kind: 'undecided', because: away, phase });
    });

    test(`run ${phase === 'bidding' ? 'begins' : 'does not begin'} without a lock`, async () => {
      const outcome = inTime(begin(options));
      if (phase !== 'bidding') {
        expect(await outcome).toBe(away);
        expect(runs).toEqual([]);
        return;
      }
      await clock.pass(10_000);
      endJob(DONE);
      expect(await outcome).toMatchObject({ kind: 'unlocked', value: 'attempt 1' });
    });

    test('who is told to stop does not begin, whatever is wished', async () => {
      stop.request();
      for (const onUnavailable of ['skip', undefined] as const) {
        verdicts = [...answers];
        const outcome = await inTime(
          begin({ ...options, ...(onUnavailable && { onUnavailable }) }),
        );
        expect(outcome).not.toMatchObject({ kind: 'undecided' });
        expect(outcome).not.toMatchObject({ kind: 'unlocked' });
        expect(runs).toEqual([]);
      }
    });
  },
);

test.each(['usage', 'config', 'protocol', 'denied'] as const)(
  'what a later try cannot mend fails, whatever is wished: %s',
  async (kind) => {
    const failure = new Failure(kind, 'no');
    const broken = { ...store, claim: () => Promise.reject(failure) };
    expect(await inTime(begin({ store: broken }))).toBe(failure);
    expect(await inTime(begin({ store: broken, onUnavailable: 'skip' }))).toBe(failure);
    expect(runs).toEqual([]);
  },
);

describe('an unlocked run', () => {
  /** Begins one, and gives what it will come to. */
  async function began(more: Partial<RunOnce<string>> = {}) {
    const outcome = begin(more);
    await clock.pass(10_000);
    expect(runs).toHaveLength(1);
    tries = [];
    return { outcome };
  }
  const begunAt = () => runs[0]?.startedAt;

  test('has what a bid has, an attempt and a reason, and no rank and no fence', async () => {
    const { outcome } = await began();
    expect(runs).toEqual([{ ...BID, unlocked: away, attempt: 1, startedAt: expect.any(Number) }]);
    expect(begunAt()).toBeGreaterThan(BEGINNING);
    endJob(DONE);
    await clock.pass(5_000);
    await outcome;
  });

  test('is told once the store is back, and its end when it ends', async () => {
    const { outcome } = await began();
    await clock.pass(60_000);
    expect(told).toEqual([]);
    isBack = true;
    await clock.pass(5_000);
    expect(told.map(({ note }) => note)).toEqual([{ run: runs[0] }]);
    await clock.pass(60_000);
    expect(told).toHaveLength(1);
    endJob(FAILED);
    await clock.pass(0);
    const at = BEGINNING + clock.monotonic();
    expect(await outcome).toMatchObject({ value: 'attempt 1', told: true });
    expect(told.slice(1).map(({ note }) => note)).toEqual([
      { run: runs[0], ended: { end: FAILED, at } },
    ]);
  });

  test('asks ever more rarely, but every few seconds', async () => {
    const { outcome } = await began();
    await clock.pass(60_000);
    const gaps = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThan(2_000);
    expect(gaps.at(-1)).toBeLessThanOrEqual(5_000);
    endJob(DONE);
    await clock.pass(2_000);
    await outcome;
  });

  test('that ended before its beginning was told is told by its end alone', async () => {
    const { outcome } = await began();
    isBack = true;
    endJob(DONE);
    expect(await outcome).toMatchObject({ told: true });
    expect(told).toMatchObject([{ note: { ended: { end: DONE } } }]);
  });

  test('whose end nobody hears says so, within a second', async () => {
    const { outcome } = await began();
    await clock.pass(30_000);
    const ended = clock.monotonic();
    endJob(DONE);
    await clock.pass(1_000);
    expect(await outcome).toMatchObject({ kind: 'unlocked', told: false });
    expect(tries.at(-1)).toBeLessThanOrEqual(ended + 1_000);
    expect(clock.waiting, 'timers left').toBe(0);
  });

  test('asks for its end as long as it may, where the store has been back', async () => {
    const { outcome } = await began();
    isBack = true;
    await clock.pass(5_000);
    isBack = false;
    const ended = clock.monotonic();
    endJob(DONE);
    await clock.pass(3_000);
    isBack = true;
    await clock.pass(2_000);
    expect(await outcome).toMatchObject({ told: true });
    expect(told.at(-1)?.at).toBeGreaterThan(ended + 2_000);
  });

  test('is run again where that is wished, and each end is told', async () => {
    const { outcome } = await began({ retries: { limit: 2, delay: 1_000 } });
    isBack = true;
    await clock.pass(5_000);
    endJob(FAILED);
    await clock.pass(5_000);
    endJob(FAILED);
    await clock.pass(5_000);
    endJob(DONE);
    await clock.pass(0);
    expect(await outcome).toMatchObject({ value: 'attempt 3', run: { attempt: 3 }, told: true });
    expect(told.map(({ note: { run, ended } }) => [run.attempt, ended?.end.state])).toEqual([
      [1, undefined],
      [1, 'failed'],
      [2, 'failed'],
      [3, 'done'],
    ]);
  });

  test('is not run again once it is told to stop', async () => {
    const { outcome } = await began({ retries: { limit: 2, delay: 1_000 } });
    stop.request();
    endJob(FAILED);
    await clock.pass(5_000);
    expect(await outcome).toMatchObject({ value: 'attempt 1' });
    expect(runs).toHaveLength(1);
  });

  test('passes on what the job throws, and tells of a failure', async () => {
    isBack = true;
    const mishap = new Error('no disk');
    const outcome = begin({ onUnavailable: () => Promise.reject(mishap) });
    expect(await inTime(outcome)).toBe(mishap);
    expect(told).toMatchObject([{ note: { ended: { end: { state: 'failed', exit: 1 } } } }]);
  });

  test('survives a store that breaks in any way', async () => {
    const broken = { ...store, noteUnlocked: () => Promise.reject(new Failure('denied', 'no')) };
    const { outcome } = await began({ store: broken });
    await clock.pass(20_000);
    endJob(DONE);
    await clock.pass(5_000);
    expect(await outcome).toMatchObject({ kind: 'unlocked', told: false });
  });
});

test('a job that waits to begin, and is told to stop, is not begun', async () => {
  const outcome = await inTime(begin({ mayBegin: async () => stop.request() }));
  expect(outcome).toEqual({ kind: 'stopped', because: 'told' });
  expect(runs).toEqual([]);
});
