import type { Bid, Claimed, Overlap } from '../core/claim.js';
import { type DurationLimits, parseDuration } from '../core/duration.js';
import type { Election } from '../core/elect.js';
import {
  ATTEMPTS,
  checkInteger,
  checkNodeName,
  checkPrefix,
  DEFAULTS,
  DURATIONS,
  REPLICAS,
  WINNERS,
} from '../core/limits.js';
import type { Login } from '../redis/login/login.js';
import type { StoreOptions } from '../redis/store.js';
import {
  checkShape,
  DURATION,
  FUNCTION,
  oneOf,
  type Shapes,
  TEXT,
  URLS,
  WHOLE_NUMBER,
  YES_OR_NO,
} from './shapes.js';

/** ms as a number, or as the command line writes it: `90s`, `5m`, `1h30m`. */
export type Duration = number | string;

/** How a node is elected, whoever fires: the same words, defaults and limits as on the command line. */
export interface ElectionOptions extends Login {
  /** How many nodes run the slot; default 1. */
  readonly winners?: number;
  /** While an earlier slot's run is alive: skip the slot, allow both, or wait. Default `skip`. */
  readonly overlap?: Overlap;
  /** Losers stand by, and one runs the slot if the winner dies. Default false. */
  readonly takeover?: boolean;
  /** How many nodes may run a slot one after the other; default 3. */
  readonly maxAttempts?: number;
  /** How long a slot's record is kept; default 24 h. */
  readonly retain?: Duration;
  /**
   * URL of Redis, password included; default `redis://127.0.0.1:6379`. Three or more name independent
   * masters.
   */
  readonly redis?: string | readonly string[];
  /** For the whole decision; default 5 s. For a schedule of hours 60 to 90 s outlasts a failover. */
  readonly redisTimeout?: Duration;
  /** So many replicas must have a claim before it counts (WAIT). Default: none. */
  readonly replicas?: number;
  /** How long to wait for them; default 1 s. */
  readonly replicasTimeout?: Duration;
  /** Begins all our keys in Redis; default `redlock-run`. */
  readonly prefix?: string;
  /** This node's name in records; default the host name. */
  readonly node?: string;
  /** Told once when the end of a run that has begun could not be recorded. Default: nobody is told. */
  readonly onNotRecorded?: (run: Claimed, cause?: unknown) => void;
}

/** The options of the election, read and checked. */
export interface ElectionTerms {
  readonly election: Pick<Election, 'within' | 'turns'>;
  readonly bid: Pick<Bid, 'node' | 'winners' | 'overlap' | 'retain'>;
  /** URLs, not read yet. */
  readonly redis: readonly string[];
  readonly store: StoreOptions;
}

export const ELECTION_SHAPES: Shapes<ElectionOptions> = {
  winners: WHOLE_NUMBER,
  overlap: oneOf('skip', 'allow', 'wait'),
  takeover: YES_OR_NO,
  maxAttempts: WHOLE_NUMBER,
  retain: DURATION,
  redis: URLS,
  redisTimeout: DURATION,
  replicas: WHOLE_NUMBER,
  replicasTimeout: DURATION,
  prefix: TEXT,
  node: TEXT,
  onNotRecorded: FUNCTION,
  redisCa: TEXT,
  redisCert: TEXT,
  redisKey: TEXT,
  redisServerName: TEXT,
  redisPassword: TEXT,
  redisPasswordFile: TEXT,
  redisIamUser: TEXT,
  redisIamCache: TEXT,
  redisRegion: TEXT,
  sentinelUser: TEXT,
  sentinelPassword: TEXT,
  sentinelPasswordFile: TEXT,
};

/** @param options of the right shapes. @throws Failure `usage` naming the option and what is allowed */
export function readElectionOptions(options: ElectionOptions, hostname: string): ElectionTerms {
  const { overlap = DEFAULTS.overlap, takeover = false } = options;
  // What is of no use here is checked all the same: it may be of use tomorrow.
  const turns = count(options, 'maxAttempts', ATTEMPTS);
  const replicasTimeout = givenOrDefault(options, 'replicasTimeout');
  return {
    election: {
      within: givenOrDefault(options, 'redisTimeout'),
      ...(takeover && { turns }),
    },
    bid: {
      node: checkNodeName(options.node ?? hostname, 'node'),
      winners: count(options, 'winners', WINNERS),
      overlap,
      retain: givenOrDefault(options, 'retain'),
    },
    redis: [options.redis ?? DEFAULTS.redis].flat(),
    store: {
      prefix: checkPrefix(options.prefix ?? DEFAULTS.prefix, 'prefix'),
      ...(options.replicas !== undefined && {
        durability: {
          replicas: checkInteger(String(options.replicas), 'replicas', REPLICAS),
          timeout: replicasTimeout,
        },
      }),
    },
  };
}

type DurationName = keyof typeof DURATIONS;
type Durations = { readonly [name in DurationName]?: Duration };

/** An option that is a duration, ms; undefined where it is not given. @throws Failure `usage` */
export function duration(options: Durations, name: DurationName): number | undefined {
  const value = options[name];
  return value === undefined ? undefined : readDuration(value, name, DURATIONS[name]);
}

/** @returns ms. @throws Failure `usage` */
export function readDuration(value: Duration, name: string, limits: DurationLimits): number {
  checkShape(value, name, DURATION);
  return parseDuration(typeof value === 'number' ? `${value}ms` : value, name, limits);
}

/** The same, ms. @throws Failure `usage` */
export function givenOrDefault(
  options: Durations,
  name: DurationName & keyof typeof DEFAULTS,
): number {
  return duration(options, name) ?? parseDuration(DEFAULTS[name], name, DURATIONS[name]);
}

type CountName = 'winners' | 'maxAttempts' | 'retries';

/** An option that is a whole number. @throws Failure `usage` */
export function count(
  options: { readonly [name in CountName]?: number },
  name: CountName,
  limits: Parameters<typeof checkInteger>[2],
): number {
  return checkInteger(String(options[name] ?? DEFAULTS[name]), name, limits);
}
