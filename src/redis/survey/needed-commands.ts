import type { Topology } from '../target.js';

/** Keys of our own to try commands on. */
export interface TrialKeys {
  readonly counter: string;
  readonly hash: string;
  readonly stream: string;
  readonly sortedSet: string;
  readonly set: string;
}

export interface NeededCommand {
  readonly name: string;
  /** Harmless arguments to try it with. */
  readonly args: (keys: TrialKeys) => readonly string[];
  /** The key that it makes. */
  readonly makes?: (keys: TrialKeys) => string;
  /** What becomes of jobs without it, where they run all the same. */
  readonly without?: string;
}

/** ms that a key of a trial may live. */
export const TRIAL = '10000';

/** What `--replicas` asks for as well. It takes no keys, and none of this one's time. */
const WAIT: NeededCommand = { name: 'WAIT', args: () => ['0', '1'] };

/** What finding the right server asks for as well. */
const BY_TOPOLOGY: Readonly<Record<Topology['kind'], readonly NeededCommand[]>> = {
  single: [],
  sentinel: [{ name: 'ROLE', args: () => [], without: 'a failover takes a try longer' }],
  cluster: [{ name: 'ASKING', args: () => [], without: 'a resharding takes a try longer' }],
};

/** All that `run` asks of Redis, by itself or in its scripts: what an ACL user must be allowed. */
export const NEEDED_COMMANDS: readonly NeededCommand[] = [
  { name: 'EVAL', args: ({ counter }) => ['return 1', '1', counter] },
  { name: 'XREAD', args: ({ stream }) => ['COUNT', '1', 'STREAMS', stream, '0-0'] },
  { name: 'TIME', args: () => [] },
  { name: 'EXISTS', args: ({ hash }) => [hash] },
  { name: 'GET', args: ({ counter }) => [counter] },
  { name: 'HGET', args: ({ hash }) => [hash, 'field'] },
  { name: 'HMGET', args: ({ hash }) => [hash, 'field'] },
  { name: 'HGETALL', args: ({ hash }) => [hash] },
  { name: 'HDEL', args: ({ hash }) => [hash, 'field'] },
  { name: 'XLEN', args: ({ stream }) => [stream] },
  { name: 'XREVRANGE', args: ({ stream }) => [stream, '+', '-', 'COUNT', '1'] },
  { name: 'PEXPIRE', args: ({ hash }) => [hash, TRIAL] },
  { name: 'SET', args: ({ counter }) => [counter, '0', 'PX', TRIAL] },
  { name: 'INCR', args: ({ counter }) => [counter], makes: ({ counter }) => counter },
  { name: 'HSET', args: ({ hash }) => [hash, 'field', '1'], makes: ({ hash }) => hash },
  {
    name: 'XADD',
    args: ({ stream }) => [stream, '*', 'field', '1'],
    makes: ({ stream }) => stream,
  },
  { name: 'ZCARD', args: ({ sortedSet }) => [sortedSet] },
  { name: 'ZREMRANGEBYSCORE', args: ({ sortedSet }) => [sortedSet, '0', '0'] },
  {
    name: 'ZADD',
    args: ({ sortedSet }) => [sortedSet, '1', 'node'],
    makes: ({ sortedSet }) => sortedSet,
  },
  {
    name: 'SADD',
    args: ({ set }) => [set, 'job'],
    makes: ({ set }) => set,
    without: 'jobs are not listed',
  },
];

export interface Circumstances {
  readonly topology: Topology['kind'];
  readonly db: number;
  /** Whether `--replicas` is asked for. */
  readonly replicas: boolean;
}

/** The above, and what a user needs here besides. */
export function neededCommands({
  topology,
  db,
  replicas,
}: Circumstances): readonly NeededCommand[] {
  return [
    ...NEEDED_COMMANDS,
    ...(db === 0 ? [] : [{ name: 'SELECT', args: () => [String(db)] }]),
    ...(replicas ? [WAIT] : []),
    ...BY_TOPOLOGY[topology],
  ];
}
