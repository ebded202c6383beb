import type { Bid, Overlap, Run } from '../core/claim.js';
import { parseDuration } from '../core/duration.js';
import { usage } from '../core/errors.js';
import { checkJobKey } from '../core/job-key.js';
import {
  checkInteger,
  checkNodeName,
  checkPrefix,
  DEFAULTS,
  DURATIONS,
  WINNERS,
} from '../core/limits.js';
import { fixedGrid, namedSlot, nameSlot, type Slot } from '../core/slot.js';

/** ms as a number, or as the command line writes it: `90s`, `5m`, `1h30m`. */
export type Duration = number | string;

/** What `runOncePerSlot` is told; the same words, defaults and limits as on the command line. */
export interface RunOncePerSlotOptions {
  /** The job's name; every node gives the same. */
  readonly key: string;
  /** A cron expression as Debian's cron reads it. With `every` and `slot` missing too: the minute. */
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
  /** How many nodes run the slot; default 1. */
  readonly winners?: number;
  /** Default `skip`. */
  readonly overlap?: Overlap;
  /** The winner's sign of life, renewed every third of it; default 30 s. */
  readonly lease?: Duration;
  /** How long a slot's record is kept; default 24 h. */
  readonly retain?: Duration;
  /** URL of Redis, password included; default `redis://127.0.0.1:6379`. */
  readonly redis?: string;
  /** For the whole decision; default 5 s. */
  readonly redisTimeout?: Duration;
  /** Begins all our keys in Redis; default `redlock-run`. */
  readonly prefix?: string;
  /** This node's name in records; default the host name. */
  readonly node?: string;
  /** Aborted: no further asking, and the function is not started. One that runs is not touched. */
  readonly signal?: AbortSignal;
  /** Told once when the end of a run that has begun could not be recorded. Default: nobody is told. */
  readonly onNotRecorded?: (run: Run, cause?: unknown) => void;
}

/** The options, read and checked. */
export interface LibraryCall {
  readonly bid: Omit<Bid, 'again' | 'owner'>;
  readonly redis: string;
  readonly prefix: string;
  /** ms */
  readonly within: number;
}

/**
 * @param now ms since the epoch
 * @throws Failure `usage` naming the option and what is allowed
 */
export async function readOptions(
  options: RunOncePerSlotOptions,
  now: number,
  hostname: string,
): Promise<LibraryCall> {
  const { overlap = DEFAULTS.overlap } = options;
  if (overlap !== 'skip' && overlap !== 'allow') throw usage('overlap: give skip or allow');
  return {
    bid: {
      key: checkJobKey(options.key, 'key'),
      slot: await slotOf(options, now),
      node: checkNodeName(options.node ?? hostname, 'node'),
      winners: checkInteger(String(options.winners ?? DEFAULTS.winners), 'winners', WINNERS),
      overlap,
      lease: duration(options, 'lease') ?? parseDuration(DEFAULTS.lease, 'lease'),
      retain: duration(options, 'retain') ?? parseDuration(DEFAULTS.retain, 'retain'),
    },
    redis: options.redis ?? DEFAULTS.redis,
    prefix: checkPrefix(options.prefix ?? DEFAULTS.prefix, 'prefix'),
    within:
      duration(options, 'redisTimeout') ?? parseDuration(DEFAULTS.redisTimeout, 'redisTimeout'),
  };
}

async function slotOf(options: RunOncePerSlotOptions, now: number): Promise<Slot> {
  const { schedule, timezone, slot } = options;
  const every = duration(options, 'every');
  const tolerance = { early: duration(options, 'early'), late: duration(options, 'late') };
  if ([schedule, every, slot].filter((value) => value !== undefined).length > 1) {
    throw usage('schedule, every and slot exclude each other; give one');
  }
  if (slot !== undefined) return namedSlot(slot);
  if (schedule === undefined) return nameSlot(fixedGrid(every ?? 60_000), now, tolerance);
  const { parseCron } = await import('../schedule/cron.js');
  return nameSlot(parseCron(schedule, timezone), now, tolerance);
}

function duration(
  options: RunOncePerSlotOptions,
  name: keyof typeof DURATIONS,
): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  return parseDuration(typeof value === 'number' ? `${value}ms` : value, name, DURATIONS[name]);
}
