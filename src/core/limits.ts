import type { DurationLimits } from './duration.js';
import { quote, usage } from './errors.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is assumed where nothing is said, alike on the command line and in the library. */
export const DEFAULTS = {
  winners: 1,
  overlap: 'skip',
  lease: '30s',
  maxAttempts: 3,
  retries: 0,
  retryDelay: '10s',
  retain: '24h',
  redis: 'redis://127.0.0.1:6379',
  redisTimeout: '5s',
  replicasTimeout: '1s',
  onRedisDown: 'fail',
  jitter: '0s',
  prefix: 'redlock-run',
} as const;

/** The durations that are allowed, ms. */
export const DURATIONS = {
  every: { min: SECOND },
  early: { min: 0 },
  late: { min: 1 },
  lease: { min: SECOND, max: DAY },
  retain: { min: MINUTE },
  retryDelay: { min: 0, max: HOUR },
  waitTimeout: { min: 1 },
  redisTimeout: { min: 100, max: HOUR },
  replicasTimeout: { min: 1, max: MINUTE },
  jitter: { min: 0, max: HOUR },
} as const satisfies Record<string, DurationLimits>;

/** How many nodes may run one slot. */
export const WINNERS = { min: 1, max: 1_000 } as const;

/** How many replicas must have a claim before it counts. */
export const REPLICAS = { min: 1, max: 100 } as const;

/** How many nodes may run a slot one after the other, and how often one node may try again. */
export const ATTEMPTS = { min: 1, max: 100 } as const;
export const RETRIES = { min: 0, max: 100 } as const;

/**
 * @param name where the value came from, for the message
 * @throws Failure `usage`
 */
export function checkInteger(
  text: string,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw usage(`${name}: ${quote(text)} is not allowed; give a whole number from ${min} to ${max}`);
}

/** Checks what all our keys in Redis begin with. @throws Failure `usage` */
export function checkPrefix(value: string, name: string): string {
  if (/^[\w.:-]{1,64}$/.test(value)) return value;
  throw usage(
    `${name}: ${quote(value)} is not allowed; allowed are 1 to 64 letters, digits and . _ : -`,
  );
}

/** Checks a node's name: a space would end it in the lease's record. @throws Failure `usage` */
export function checkNodeName(value: string, name: string): string {
  // Most names; the properties of Unicode take time to load.
  if (/^[!-~]{1,100}$/.test(value)) return value;
  if (/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]{1,100}$/u.test(value)) return value;
  throw usage(
    `${name}: ${quote(value)} is not allowed; allowed are 1 to 100 printable characters, no spaces`,
  );
}
