import type { Bid, UnlockedRun } from '../core/claim.js';
import type { Election } from '../core/elect.js';
import { usage } from '../core/errors.js';
import { checkJitter } from '../core/jitter.js';
import { checkJobKey } from '../core/job-key.js';
import { RETRIES } from '../core/limits.js';
import type { Retries } from '../core/retries.js';
import {
  fixedGrid,
  namedSlot,
  nameSlot,
  type Slot,
  scheduleName,
  untilNextSlot,
} from '../core/slot.js';
import type { Bidder } from './bidder.js';
import {
  count,
  type Duration,
  duration,
  ELECTION_SHAPES,
  type ElectionOptions,
  type ElectionTerms,
  givenOrDefault,
  readElectionOptions,
} from './election-options.js';
import {
  checkOptions,
  DURATION,
  either,
  FUNCTION,
  oneOf,
  REQUIRED_TEXT,
  type Shapes,
  SIGNAL,
  TEXT,
  WHOLE_NUMBER,
} from './shapes.js';

/**
 * What `runOncePerSlot` is told; the same words, defaults and limits as on the command line. `T` is what
 * `onRedisDown` gives back, where it is a function.
 */
export interface RunOncePerSlotOptions<T = never> extends ElectionOptions {
  /** The job's name; every node gives the same. */
  readonly key: string;
  /** A cron expression as Debian's cron reads it; of six fields the first has the seconds. With `every` and `slot` missing too: the minute. */
  readonly schedule?: string;
  /** IANA zone of `schedule`; default the process's. */
  readonly timezone?: string;
  /** A fixed period instead of a schedule, on a grid from the epoch. */
  readonly every?: Duration;
  /** That very slot, whatever the time. */
  readonly slot?: string;
  /** How far before the slot a claim is taken; default 10 % of the interval, at most 30 s. */
  readonly early?: Duration;
  /** How far after the slot a claim is taken; default the interval. */
  readonly late?: Duration;
  /** Wait a random time below this before bidding; default none, at most 1 h. */
  readonly jitter?: Duration;
  /** How long `overlap: 'wait'` waits before the slot is skipped; default until the next slot. */
  readonly waitTimeout?: Duration;
  /** How often a task that threw is run again here, each time with a new fence; default 0. */
  readonly retries?: number;
  /** Before the first retry, doubled for each further one, with jitter; default 10 s. */
  readonly retryDelay?: Duration;
  /** The winner's sign of life, renewed every third of it; default 30 s. */
  readonly lease?: Duration;
  /**
   * When Redis cannot be asked: throw the Failure (`unavailable`), do not run the task (outcome `undecided`),
   * or run this without a lock (outcome `unlocked`). Default `fail`.
   */
  readonly onRedisDown?: 'fail' | 'skip' | ((run: UnlockedRun) => Promise<T> | T);
  /** Aborted: no further asking, and the function is not started. One that runs is not touched. */
  readonly signal?: AbortSignal;
}

const SHAPES: Shapes<RunOncePerSlotOptions<unknown>> = {
  key: REQUIRED_TEXT,
  schedule: TEXT,
  timezone: TEXT,
  every: DURATION,
  slot: TEXT,
  early: DURATION,
  late: DURATION,
  jitter: DURATION,
  waitTimeout: DURATION,
  retries: WHOLE_NUMBER,
  retryDelay: DURATION,
  lease: DURATION,
  onRedisDown: either(oneOf('fail', 'skip'), FUNCTION),
  signal: SIGNAL,
  ...ELECTION_SHAPES,
};

/** The options, read and checked; what is missing is not theirs to say. */
export interface LibraryCall extends Pick<ElectionTerms, 'redis' | 'store'> {
  readonly election: Pick<Election, 'within' | 'waitTimeout' | 'turns'>;
  /** ms. */
  readonly jitter: number;
  readonly bid: Omit<Bid, keyof Bidder>;
  readonly retries: Retries;
}

/**
 * @param now ms since the epoch
 * @throws Failure `usage` naming the option and what is allowed
 */
export async function readOptions(
  options: RunOncePerSlotOptions<unknown>,
  now: number,
  hostname: string,
): Promise<LibraryCall> {
  checkOptions(options, SHAPES);
  const terms = readElectionOptions(options, hostname);
  const { slot, schedule } = await slotOf(options, now);
  const jitter = givenOrDefault(options, 'jitter');
  checkJitter(jitter, slot, 'jitter');
  return {
    ...terms,
    election: {
      ...terms.election,
      waitTimeout: duration(options, 'waitTimeout') ?? untilNextSlot(slot, now) ?? terms.bid.retain,
    },
    jitter,
    bid: {
      ...terms.bid,
      key: checkJobKey(options.key, 'key'),
      slot,
      schedule,
      lease: givenOrDefault(options, 'lease'),
    },
    retries: {
      limit: count(options, 'retries', RETRIES),
      delay: givenOrDefault(options, 'retryDelay'),
    },
  };
}

async function slotOf(
  options: RunOncePerSlotOptions<unknown>,
  now: number,
): Promise<{ readonly slot: Slot; readonly schedule: string }> {
  const { schedule, timezone, slot } = options;
  const every = duration(options, 'every');
  const tolerance = { early: duration(options, 'early'), late: duration(options, 'late') };
  if ([schedule, every, slot].filter((value) => value !== undefined).length > 1) {
    throw usage('schedule, every and slot exclude each other; give one');
  }
  if (slot !== undefined) return { slot: namedSlot(slot), schedule: scheduleName({}) };
  if (schedule === undefined) {
    const grid = fixedGrid(every ?? 60_000);
    const name = scheduleName({ every: every ?? 60_000 });
    return { slot: nameSlot(grid, now, tolerance), schedule: name };
  }
  const [{ parseCron }, { zoneName }] = await Promise.all([
    import('../schedule/cron.js'),
    import('../schedule/open-zone.js'),
  ]);
  return {
    slot: nameSlot(parseCron(schedule, timezone), now, tolerance),
    schedule: scheduleName({ cron: schedule, zone: zoneName(timezone, now) }),
  };
}
