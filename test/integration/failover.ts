import { expect } from 'vitest';
import type { LiveCli } from '../support/cli.js';
import { endings, type Fleet, KEY } from '../support/fleet.js';
import { historyOf } from '../support/history.js';
import { connectionsOf, untilBlocked } from '../support/info.js';
import { leaseEnd } from '../support/lease-end.js';
import type { RedisServer } from '../support/redis-server.js';
import { untilAtLeast } from '../support/until.js';

/** Servers of which another one takes over when the one that keeps the job's keys goes away. */
export interface FailoverStage {
  readonly url: string;
  readonly fleet: Fleet;
  /** The one that keeps the job's keys now. */
  master(): Promise<RedisServer>;
  /**
   * No failover begins before `act` is done.
   *
   * @param act is given a server that tells nodes which one is the master
   */
  withoutQuorum(act: (guide: RedisServer) => Promise<void>): Promise<void>;
  failover(master: RedisServer, how: 'kill9' | 'pause'): Promise<RedisServer>;
  settled(): Promise<void>;
}

const CONTENDERS = 6;
/** A lease and a patience longer than the failover. */
const OPTIONS = ['--lease', '20s', '--redis-timeout', '40s', '--overlap', 'allow'];

/**
 * Takes the master away while six nodes bid for a slot, and another one runs an earlier slot with
 * standbys: exactly one of the six runs, and the run goes on under its lease.
 */
export async function failOverInTheMidst(
  { url, fleet, ...stage }: FailoverStage,
  how: 'kill9' | 'pause',
): Promise<void> {
  const [running, contended] = [`running-${how}`, `contended-${how}`];
  const node = { urls: [url], args: OPTIONS };
  const before = await stage.master();
  const holder = fleet.node('holder', running, { ...node, lasts: true });
  await fleet.untilBegun(running, 1);
  const standbys = fleet.nodes(2, running, { ...node, args: [...OPTIONS, '--takeover'] });
  await untilBlocked(before, 2);
  await stage.settled();

  let contenders: readonly LiveCli[] = [];
  await stage.withoutQuorum(async (guide) => {
    await before.pause();
    const asked = (await connectionsOf(guide)) + CONTENDERS;
    contenders = fleet.nodes(CONTENDERS, contended, node);
    await untilAtLeast(asked, () => connectionsOf(guide));
    // All of them were sent to a master that does not answer, and no other one has taken over.
    expect(await stage.master()).toBe(before);
  });
  const after = await stage.failover(before, how);
  expect(after).not.toBe(before);
  expect(await endings(contenders)).toEqual(contenders.map(() => [0, '']));

  // A paused one wakes as a master, with bids in its sockets that nobody waits for any more.
  if (how === 'pause') before.resume();
  else await before.restart();
  await stage.settled();
  const ends = await leaseEnd(after, KEY, running);
  await untilAtLeast(ends + 1, () => leaseEnd(after, KEY, running));
  holder.process.stdin?.end('\n');
  expect(await endings([holder, ...standbys])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  expect(fleet.begun(contended)).toHaveLength(1);
  expect(fleet.begun(running)).toMatchObject([{ node: 'holder', attempt: 1 }]);
  expect((await historyOf(after, KEY)).slice(-2)).toMatchObject([
    { slot: contended, outcome: 'done' },
    { slot: running, node: 'holder', attempt: '1', outcome: 'done' },
  ]);
}
