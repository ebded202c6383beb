import { Failure, NoAnswer } from '../core/errors.js';
import { Refusal } from './failures.js';
import type { Link } from './link.js';
import { countdown } from './route/countdown.js';

/** What a decision must have survived before it is believed. */
export interface Durability {
  /** How many replicas must have it. */
  readonly replicas: number;
  /** How long to wait for them, ms. */
  readonly timeout: number;
}

/** ms that Redis may be late to say that WAIT's time is over (`hz` 10, and the way). */
const TICK = 150;

const checked = new WeakSet<Link>();

/**
 * Asks a question whose answer, where it binds us, must survive a failover.
 *
 * @param ask asks it on `link`, within so many ms
 * @throws Failure before anything is asked when there can be no such answer; NoAnswer when there was none
 */
export async function askDurably<T>(
  link: Link,
  durability: Durability,
  within: number,
  ask: (within: number) => Promise<T>,
  binds: (answer: T) => boolean,
): Promise<T> {
  const left = countdown(within);
  await expectReplicas(link, durability, left());
  const answer = await ask(left());
  if (binds(answer)) await awaitReplicas(link, durability, left());
  return answer;
}

/**
 * Looks whether there are as many replicas at all, before anything is claimed: a slot must not be
 * burned on a server that can never confirm it. Once per connection.
 *
 * @throws Failure `unavailable` when there are too few; `config` where WAIT is forbidden
 */
async function expectReplicas(link: Link, durability: Durability, within: number): Promise<void> {
  if (checked.has(link)) return;
  // A login counts as written, too: replicas say what they have once a second, and when they are asked.
  const there = await wait(link, durability, within);
  if (there < durability.replicas) throw tooFew(link, there, durability.replicas, 'has');
  checked.add(link);
}

/**
 * Waits until the replicas have all that was written on this connection
 * (https://redis.io/docs/latest/commands/wait/): on another one, WAIT would answer for what others wrote.
 *
 * @throws NoAnswer when too few have confirmed it in time: what was written may be lost in a failover
 */
async function awaitReplicas(link: Link, durability: Durability, within: number): Promise<void> {
  const confirmed = await wait(link, durability, within);
  if (confirmed < durability.replicas) {
    throw tooFew(link, confirmed, durability.replicas, 'was confirmed by');
  }
}

/** @returns how many replicas have confirmed in time */
async function wait(
  link: Link,
  { replicas, timeout }: Durability,
  within: number,
): Promise<number> {
  const patience = Math.max(1, Math.floor(Math.min(timeout, within - TICK)));
  try {
    const reply = await link.command(['WAIT', String(replicas), String(patience)], within);
    if (typeof reply === 'number') return reply;
    throw new Failure('protocol', `Redis at ${link.label} did not answer WAIT with a number`);
  } catch (error) {
    // What else is refused is the login's, or a matter of time.
    if (!(error instanceof Refusal) || !/\bwait\b/i.test(error.message)) throw error;
    // It will be the master soon, or another server is.
    if (error.message.includes('replica instances')) {
      link.close();
      throw new Failure('unavailable', `Redis at ${link.label} is a replica`);
    }
    throw new Failure(
      'config',
      `--replicas: Redis at ${link.label} does not permit WAIT; allow it to the user (+wait), or ` +
        'leave --replicas out (serverless caches have no WAIT)',
    );
  }
}

function tooFew(link: Link, there: number, wanted: number, verb: string): NoAnswer {
  return new NoAnswer(
    `Redis at ${link.label} ${verb} ${there} of the ${wanted} replicas that --replicas asks for`,
    verb !== 'has',
  );
}
