import type { Overlap } from '../../core/claim.js';
import { type DurationLimits, parseDuration } from '../../core/duration.js';
import { quote, usage } from '../../core/errors.js';
import { checkJobKey } from '../../core/job-key.js';
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
} from '../../core/limits.js';

type Group = 'What' | 'When' | 'When it breaks' | 'How the job runs' | 'Redis' | 'Words and files';

/** One option of `run`: everything that is ever said about it is said here. */
export interface OptionSpec<T> {
  /** As commander writes it: `-k, --key <name>`; without `<…>` it is a switch. */
  readonly flags: string;
  readonly group: Group;
  readonly about: string;
  /** Variables that give the value when the flag is missing, first one wins. */
  readonly env?: readonly string[];
  /** Used when nothing gives a value, read like one. */
  readonly fallback?: string;
  /** What `--help` names as the default, where it is not `fallback`. */
  readonly fallbackWords?: string;
  /**
   * May be given several times, as a list in the configuration file, and in a variable with white
   * space between. Its value is an array.
   */
  readonly repeatable?: true;
  /** False for what makes no sense in a file that all jobs share. */
  readonly inConfig?: false;
  /** @throws Failure `usage`, with `name` telling where the value came from */
  read(text: string, name: string): T;
}

const duration =
  (limits: DurationLimits) =>
  (text: string, name: string): number =>
    parseDuration(text, name, limits);

const integer =
  (limits: { readonly min: number; readonly max: number }) =>
  (text: string, name: string): number =>
    checkInteger(text, name, limits);

const oneOf =
  <const T extends string>(...words: readonly T[]) =>
  (text: string, name: string): T => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw usage(`${name}: ${quote(text)} is not allowed; choose ${words.join(' or ')}`);
  };

const filled = (value: string, name: string) => {
  if (value.trim() !== '' && !value.includes('\0')) return value;
  throw usage(`${name}: is empty`);
};

const on = () => true;

const exitCodes = (value: string, name: string): readonly number[] =>
  value.split(',').map((code) => checkInteger(code, name, { min: 1, max: 255 }));

/** `--kill-after`, ms. */
const LONGEST_GRACE = 86_400_000;

/** The options of `run`, in the order of `--help`. */
export const OPTIONS = {
  key: {
    flags: '-k, --key <name>',
    group: 'What',
    about: 'the job; every node gives the same name (required)',
    env: ['REDLOCK_RUN_KEY'],
    inConfig: false,
    read: checkJobKey,
  },
  schedule: {
    flags: '-s, --schedule <cron>',
    group: 'When',
    about: 'the cron expression that fires it; the slot is its last instant',
    inConfig: false,
    read: filled,
  },
  timezone: {
    flags: '--timezone <tz>',
    group: 'When',
    about: 'IANA zone of --schedule, e.g. Europe/London',
    fallbackWords: "the node's",
    read: filled,
  },
  every: {
    flags: '--every <dur>',
    group: 'When',
    about: 'a fixed period instead of a schedule, on a grid from the epoch',
    inConfig: false,
    read: duration(DURATIONS.every),
  },
  slot: {
    flags: '--slot <id>',
    group: 'When',
    about: 'that very slot, whatever the time (manual runs, other schedulers)',
    inConfig: false,
    read: filled,
  },
  early: {
    flags: '--early <dur>',
    group: 'When',
    about: 'how far before the slot a claim is taken',
    fallbackWords: '10 % of the interval, at most 30s',
    read: duration(DURATIONS.early),
  },
  late: {
    flags: '--late <dur>',
    group: 'When',
    about: 'how far after the slot a claim is taken',
    fallbackWords: 'the interval',
    read: duration(DURATIONS.late),
  },
  jitter: {
    flags: '--jitter <dur>',
    group: 'When',
    about:
      'wait a random time below this before bidding, so that a large fleet does not ask at once',
    fallback: DEFAULTS.jitter,
    read: duration(DURATIONS.jitter),
  },
  winners: {
    flags: '--winners <n>',
    group: 'When',
    about: 'how many nodes run the slot, each told its rank',
    fallback: String(DEFAULTS.winners),
    read: integer(WINNERS),
  },
  overlap: {
    flags: '--overlap <policy>',
    group: 'When',
    about: "while an earlier slot's run is alive: skip the slot, allow both, or wait",
    fallback: DEFAULTS.overlap,
    read: oneOf<Overlap>('skip', 'allow', 'wait'),
  },
  waitTimeout: {
    flags: '--wait-timeout <dur>',
    group: 'When',
    about: 'how long --overlap wait waits before the slot is skipped',
    fallbackWords: 'until the next slot',
    read: duration(DURATIONS.waitTimeout),
  },
  lease: {
    flags: '--lease <dur>',
    group: 'When',
    about: "the winner's sign of life, renewed every third of it",
    fallback: DEFAULTS.lease,
    read: duration(DURATIONS.lease),
  },
  onLeaseLost: {
    flags: '--on-lease-lost <policy>',
    group: 'When it breaks',
    about: 'continue with a warning, or stop the job (exit 122) before another node may start',
    fallback: 'continue',
    read: oneOf('continue', 'stop'),
  },
  takeover: {
    flags: '--takeover',
    group: 'When it breaks',
    about: 'losers stand by, and one runs the slot if the winner dies or is told to stop',
    read: on,
  },
  maxAttempts: {
    flags: '--max-attempts <n>',
    group: 'When it breaks',
    about: 'how many nodes may run a slot one after the other',
    fallback: String(DEFAULTS.maxAttempts),
    read: integer(ATTEMPTS),
  },
  failoverOnError: {
    flags: '--failover-on-error',
    group: 'When it breaks',
    about: 'a job that failed here for good is run by a standby, too',
    read: on,
  },
  retries: {
    flags: '--retries <n>',
    group: 'When it breaks',
    about: 'run a failed job again on this node, each time with a new fence',
    fallback: String(DEFAULTS.retries),
    read: integer(RETRIES),
  },
  retryDelay: {
    flags: '--retry-delay <dur>',
    group: 'When it breaks',
    about: 'before the first retry; doubled for each further one, with jitter',
    fallback: DEFAULTS.retryDelay,
    read: duration(DURATIONS.retryDelay),
  },
  retryOn: {
    flags: '--retry-on <codes>',
    group: 'When it breaks',
    about: 'exit codes that are worth a retry, e.g. 1,75',
    fallbackWords: 'every failure',
    read: exitCodes,
  },
  timeout: {
    flags: '--timeout <dur>',
    group: 'How the job runs',
    about: 'end the job after this (TERM, then KILL, to all of it); exit 124',
    read: duration({ min: 1 }),
  },
  killAfter: {
    flags: '--kill-after <dur>',
    group: 'How the job runs',
    about: 'KILL what is left this long after TERM',
    fallback: '10s',
    read: duration({ min: 1, max: LONGEST_GRACE }),
  },
  shell: {
    flags: '--shell',
    group: 'How the job runs',
    about: 'give the command to /bin/sh -c as one line',
    read: on,
  },
  keepOutput: {
    flags: '--keep-output',
    group: 'How the job runs',
    about: "keep the last 4 KiB of a failed job's stderr in the history (it may hold secrets)",
    read: on,
  },
  shadow: {
    flags: '--shadow',
    group: 'How the job runs',
    about: 'run the job as if there were no lock, but bid, and record what would have been skipped',
    read: on,
  },
  skipExitCode: {
    flags: '--skip-exit-code <n>',
    group: 'How the job runs',
    about: 'exit code where the job does not run here',
    fallback: '0',
    read: integer({ min: 0, max: 255 }),
  },
  redis: {
    flags: '-r, --redis <url>',
    group: 'Redis',
    about:
      'redis://, rediss:// (TLS), unix://, redis+sentinel:// or redis+cluster://; three or more: independent masters',
    env: ['REDLOCK_RUN_REDIS', 'REDIS_URL'],
    fallback: DEFAULTS.redis,
    repeatable: true,
    read: filled,
  },
  redisPasswordFile: {
    flags: '--redis-password-file <file>',
    group: 'Redis',
    about: 'the password for a URL without one, read for every connection',
    env: ['REDLOCK_RUN_REDIS_PASSWORD_FILE'],
    fallbackWords: '$REDIS_PASSWORD',
    read: filled,
  },
  redisCa: {
    flags: '--redis-ca <file>',
    group: 'Redis',
    about: 'the authorities to trust in TLS, PEM',
    env: ['REDLOCK_RUN_REDIS_CA'],
    fallbackWords: "Node's",
    read: filled,
  },
  redisCert: {
    flags: '--redis-cert <file>',
    group: 'Redis',
    about: 'our own certificate, for a Redis that asks for one, PEM',
    env: ['REDLOCK_RUN_REDIS_CERT'],
    read: filled,
  },
  redisKey: {
    flags: '--redis-key <file>',
    group: 'Redis',
    about: 'its key, without a passphrase, PEM',
    env: ['REDLOCK_RUN_REDIS_KEY'],
    read: filled,
  },
  redisServerName: {
    flags: '--redis-server-name <name>',
    group: 'Redis',
    about: "the name in the certificate of Redis, where it is not the host's",
    env: ['REDLOCK_RUN_REDIS_SERVER_NAME'],
    read: filled,
  },
  redisIamUser: {
    flags: '--redis-iam-user <name>',
    group: 'Redis',
    about: 'log in to ElastiCache or MemoryDB as this IAM user, without a password',
    env: ['REDLOCK_RUN_REDIS_IAM_USER'],
    read: filled,
  },
  redisIamCache: {
    flags: '--redis-iam-cache <name>',
    group: 'Redis',
    about: 'the name of its replication group, serverless cache or cluster',
    env: ['REDLOCK_RUN_REDIS_IAM_CACHE'],
    read: filled,
  },
  redisRegion: {
    flags: '--redis-region <region>',
    group: 'Redis',
    about: 'its AWS region',
    env: ['REDLOCK_RUN_REDIS_REGION'],
    fallbackWords: "what the host's name says, else $AWS_REGION",
    read: filled,
  },
  sentinelUser: {
    flags: '--sentinel-user <name>',
    group: 'Redis',
    about: 'the user for the Sentinels, which have users of their own',
    env: ['REDLOCK_RUN_SENTINEL_USER'],
    read: filled,
  },
  sentinelPasswordFile: {
    flags: '--sentinel-password-file <file>',
    group: 'Redis',
    about: 'the password for the Sentinels, read for every connection',
    env: ['REDLOCK_RUN_SENTINEL_PASSWORD_FILE'],
    fallbackWords: '$REDIS_SENTINEL_PASSWORD',
    read: filled,
  },
  redisTimeout: {
    flags: '--redis-timeout <dur>',
    group: 'Redis',
    about: 'for the whole decision; for a schedule of hours 60s to 90s, which outlasts a failover',
    fallback: DEFAULTS.redisTimeout,
    read: duration(DURATIONS.redisTimeout),
  },
  onRedisDown: {
    flags: '--on-redis-down <policy>',
    group: 'Redis',
    about: 'when Redis cannot be asked: fail (exit 75), skip the job, or run it without a lock',
    fallback: DEFAULTS.onRedisDown,
    read: oneOf('fail', 'skip', 'run'),
  },
  localRecord: {
    flags: '--local-record <file>',
    group: 'Redis',
    about: 'where --on-redis-down skip and run, and --shadow, leave a line that Redis cannot keep',
    fallbackWords: '/var/lib/redlock-run/record.jsonl for root, else in ~/.local/state',
    read: filled,
  },
  replicas: {
    flags: '--replicas <n>',
    group: 'Redis',
    about:
      'so many replicas must have a claim before it counts (WAIT), so that a failover keeps it',
    read: integer(REPLICAS),
  },
  replicasTimeout: {
    flags: '--replicas-timeout <dur>',
    group: 'Redis',
    about: 'how long to wait for them; then Redis counts as down',
    fallback: DEFAULTS.replicasTimeout,
    read: duration(DURATIONS.replicasTimeout),
  },
  prefix: {
    flags: '--prefix <p>',
    group: 'Redis',
    about: 'begins all our keys',
    fallback: DEFAULTS.prefix,
    read: checkPrefix,
  },
  retain: {
    flags: '--retain <dur>',
    group: 'Redis',
    about: "how long a slot's record is kept",
    fallback: DEFAULTS.retain,
    read: duration(DURATIONS.retain),
  },
  node: {
    flags: '--node <name>',
    group: 'Words and files',
    about: "this node's name in records and messages",
    env: ['REDLOCK_RUN_NODE'],
    fallbackWords: 'the host name',
    inConfig: false,
    read: checkNodeName,
  },
  verbose: {
    flags: '-v, --verbose',
    group: 'Words and files',
    about: 'say what is decided and why',
    read: on,
  },
  quiet: {
    flags: '-q, --quiet',
    group: 'Words and files',
    about: 'say errors only',
    read: on,
  },
  log: {
    flags: '--log <format>',
    group: 'Words and files',
    about: 'text, or json: one object a line; on stderr',
    fallback: 'text',
    read: oneOf('text', 'json'),
  },
  config: {
    flags: '--config <file>',
    group: 'Words and files',
    about: 'YAML or JSON with these options by their long names',
    env: ['REDLOCK_RUN_CONFIG'],
    fallbackWords: '/etc/redlock-run.{yaml,yml,json}, if present',
    inConfig: false,
    read: filled,
  },
} as const satisfies Record<string, OptionSpec<unknown>>;

export type OptionName = keyof typeof OPTIONS;

/** What one text of an option is once read. */
type Read<K extends OptionName> = ReturnType<(typeof OPTIONS)[K]['read']>;

/** What an option's value is once read. */
export type OptionValue<K extends OptionName> = (typeof OPTIONS)[K] extends { repeatable: true }
  ? readonly Read<K>[]
  : Read<K>;

/** Widened so that code which walks the table need not know each entry. */
export const OPTION_LIST: readonly (readonly [OptionName, OptionSpec<unknown>])[] = (
  Object.keys(OPTIONS) as OptionName[]
).map((name) => [name, OPTIONS[name]]);

/** `--kill-after` of `killAfter`. */
export function longFlag(spec: OptionSpec<unknown>): string {
  return /--[\w-]+/.exec(spec.flags)?.[0] ?? spec.flags;
}
