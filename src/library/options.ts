import type { Bid, Claimed, Overlap, UnlockedRun } from '../core/claim.js';
import { parseDuration } from '../core/duration.js';
import type { Election } from '../core/elect.js';
import { usage } from '../core/errors.js';
import { checkJitter } from '../core/jitter.js';
import { checkJobKey } from '../core/job-key.js';
import {
  ATTEMPTS,
  checkInteger,
  checkNodeName,
  checkPrefix,
  DEFAULTS,
  DURATIONS,
  REPLICAS,
  RETRIES,
  WINNERS,
} from '../core/limits.js';
import type { Retries } from '../core/retries.js';
import {
  fixedGrid,
  namedSlot,
  nameSlot,
  type Slot,
  scheduleName,
  untilNextSlot,
} from '../core/slot.js';
import type { Durability } from '../redis/durability.js';
import type { Login } from '../redis/login/login.js';

/** ms as a number, or as the command line writes it: `90s`, `5m`, `1h30m`. */
export type Duration = number | string;

/**
 * What `runOncePerSlot` is told; the same words, defaults and limits as on the command line. `T` is what
 * `onRedisDown` gives back, where it is a function.
 */
export interface RunOncePerSlotOptions<T = never> extends Login {
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
  /** How many nodes run the slot; default 1. */
  readonly winners?: number;
  /** While an earlier slot's run is alive: skip the slot, allow both, or wait. Default `skip`. */
  readonly overlap?: Overlap;
  /** How long `overlap: 'wait'` waits before the slot is skipped; default until the next slot. */
  readonly waitTimeout?: Duration;
  /** Losers stand by, and one runs the slot if the winner dies. Default false. */
  readonly takeover?: boolean;
  /** How many nodes may run a slot one after the other; default 3. */
  readonly maxAttempts?: number;
  /** How often a task that threw is run again here, each time with a new fence; default 0. */
  readonly retries?: number;
  /** Before the first retry, doubled for each further one, with jitter; default 10 s. */
  readonly retryDelay?: Duration;
  /** The winner's sign of life, renewed every third of it; default 30 s. */
  readonly lease?: Duration;
  /** How long a slot's record is kept; default 24 h. */
  readonly retain?: Duration;
  /**
   * URL of Redis, password included; default `redis://127.0.0.1:6379`. Three or more name independent
   * masters.
   */
  readonly redis?: string | readonly string[];
  /** For the whole decision; default 5 s. For a schedule of hours 60 to 90 s outlasts a failover. */
  readonly redisTimeout?: Duration;
  /**
   * When Redis cannot be asked: throw the Failure (`unavailable`), do not run the task (outcome `undecided`),
   * or run this without a lock (outcome `unlocked`). Default `fail`.
   */
  readonly onRedisDown?: 'fail' | 'skip' | ((run: UnlockedRun) => Promise<T> | T);
  /** So many replicas must have a claim before it counts (WAIT). Default: none. */
  readonly replicas?: number;
  /** How long to wait for them; default 1 s. */
  readonly replicasTimeout?: Duration;
  /** Begins all our keys in Redis; default `redlock-run`. */
  readonly prefix?: string;
  /** This node's name in records; default the host name. */
  readonly node?: string;
  /** Aborted: no further asking, and the function is not started. One that runs is not touched. */
  readonly signal?: AbortSignal;
  /** Told once when the end of a run that has begun could not be recorded. Default: nobody is told. */
  readonly onNotRecorded?: (run: Claimed, cause?: unknown) => void;
}

const OVERLAPS: readonly Overlap[] = ['skip', 'allow', 'wait'];

/** The options, read and checked; what is missing is not theirs to say. */
export interface LibraryCall {
  readonly election: Pick<Election, 'within' | 'waitTimeout' | 'turns'>;
  /** ms. */
  readonly jitter: number;
  readonly bid: Omit<Bid, 'owner' | 'command' | 'version'>;
  readonly retries: Retries;
  readonly redis: readonly string[];
  readonly store: { readonly prefix: string; readonly durability?: Durability };
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
  const { overlap = DEFAULTS.overlap, takeover = false } = options;
  if (!OVERLAPS.includes(overlap)) throw usage(`overlap: give ${OVERLAPS.join(', ')}`);
  const { onRedisDown = DEFAULTS.onRedisDown } = options;
  if (typeof onRedisDown !== 'function' && onRedisDown !== 'skip' && onRedisDown !== 'fail') {
    throw usage('onRedisDown: give fail, skip or a function');
  }
  const { slot, schedule } = await slotOf(options, now);
  const jitter = givenOrDefault(options, 'jitter');
  checkJitter(jitter, slot, 'jitter');
  const retain = givenOrDefault(options, 'retain');
  const waitTimeout = duration(options, 'waitTimeout') ?? untilNextSlot(slot, now) ?? retain;
  return {
    election: {
      within: givenOrDefault(options, 'redisTimeout'),
      waitTimeout,
      ...(takeover && { turns: count(options, 'maxAttempts', ATTEMPTS) }),
    },
    jitter,
    bid: {
      key: checkJobKey(options.key, 'key'),
      slot,
      schedule,
      node: checkNodeName(options.node ?? hostname, 'node'),
      winners: count(options, 'winners', WINNERS),
      overlap,
      lease: givenOrDefault(options, 'lease'),
      retain,
    },
    retries: {
      limit: count(options, 'retries', RETRIES),
      delay: givenOrDefault(options, 'retryDelay'),
    },
    redis: [options.redis ?? DEFAULTS.redis].flat(),
    store: {
      prefix: checkPrefix(options.prefix ?? DEFAULTS.prefix, 'prefix'),
      ...(options.replicas !== undefined && {
        durability: {
          replicas: checkInteger(String(options.replicas), 'replicas', REPLICAS),
          timeout: givenOrDefault(options, 'replicasTimeout'),
        },
      }),
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

type DurationName = keyof typeof DURATIONS;

function duration(options: RunOncePerSlotOptions<unknown>, name: DurationName): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  return parseDuration(typeof value === 'number' ? `${value}ms` : value, name, DURATIONS[name]);
}

function givenOrDefault(
  options: RunOncePerSlotOptions<unknown>,
  name: DurationName & keyof typeof DEFAULTS,
): number {
  return duration(options, name) ?? parseDuration(DEFAULTS[name], name, DURATIONS[name]);
}

function count(
  options: RunOncePerSlotOptions<unknown>,
  name: 'winners' | 'maxAttempts' | 'retries',
  limits: Parameters<typeof checkInteger>[2],
): number {
  return checkInteger(String(options[name] ?? DEFAULTS[name]), name, limits);
}
