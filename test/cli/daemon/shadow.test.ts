import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveCli } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { untilAtLeast } from '../../support/until.js';

failOnLeaks();

let redis: RedisServer;
let fleet: DaemonFleet;
let daemons: LiveCli[];
beforeEach(async () => {
  redis = await startRedis();
  fleet = newDaemonFleet(redis.url);
  daemons = [];
});
afterEach(async () => {
  await endAll();
  fleet.remove();
  await redis.stop();
});

async function endAll() {
  for (const daemon of daemons) daemon.kill('SIGTERM');
  await Promise.all(daemons.splice(0).map(({ ended }) => ended));
}

/** The nodes that ran each slot. */
function nodesOf(key: string): string[][] {
  const slots = new Map<string, string[]>();
  for (const { event, key: job, slot, node } of fleet.entries()) {
    if (event === 'begin' && job === key) slots.set(slot, [...(slots.get(slot) ?? []), node]);
  }
  return [...slots.values()];
}

const SECONDLY = '* * * * * *';

test.each([
  ['--shadow of the daemon', 'key=job', ['--shadow']],
  ['# redlock-run: shadow of an entry', 'key=job shadow', []],
])(
  '%s: runs on every node, and what would have been skipped is recorded',
  async (_, words, args) => {
    fleet.write(
      [
        `# redlock-run: ${words}`,
        `${SECONDLY} ${fleet.job(0)}`,
        ...(args.length > 0 ? [] : ['# redlock-run: key=elected', `${SECONDLY} ${fleet.job(0)}`]),
        '',
      ].join('\n'),
    );
    daemons = ['node-1', 'node-2'].map((node) => fleet.start(node, args));
    const both = () => nodesOf('job').filter((nodes) => nodes.length === 2);
    await untilAtLeast(2, () => both().length);
    await endAll();

    for (const nodes of both()) expect(nodes.sort()).toEqual(['node-1', 'node-2']);
    // Another entry of the same daemons is none of it.
    for (const nodes of nodesOf('elected')) expect(nodes).toHaveLength(1);
    const history = await historyOf(redis, 'job');
    expect(history).toHaveLength(nodesOf('job').flat().length);
    for (const entry of history) expect(entry).toMatchObject({ outcome: 'done' });
    const lost = history.filter(({ shadow }) => shadow === 'not-elected');
    expect(lost.length).toBeGreaterThanOrEqual(2);
    for (const { slot, node, holder } of lost) {
      const winner = history.find((entry) => entry.slot === slot && entry.shadow === 'won');
      expect(winner?.node).toBe(holder);
      expect(holder).not.toBe(node);
    }
  },
);
