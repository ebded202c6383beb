import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Outcome, runOncePerSlot } from '../../src/index.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeEach(async () => {
  redis = await startRedis({ config: { maxclients: '10', 'tcp-backlog': '4' } });
});
afterEach(() => redis.stop());

const CONTENDERS = 80;

/** The whole fleet at once; the winner's connection stays for as long as it runs. */
function fleet(redisTimeout: string): Promise<Outcome<number>>[] {
  let decided = 0;
  let allLost = () => {};
  const losers = new Promise<void>((resolve) => {
    allLost = resolve;
  });
  return Array.from({ length: CONTENDERS }, async (_, i) => {
    const options = { key: 'nightly', slot: 'one', redis: redis.url, redisTimeout };
    const outcome = await runOncePerSlot(options, () => losers.then(() => i));
    decided += 1;
    if (decided === CONTENDERS - 1) allLost();
    return outcome;
  });
}

test('of a fleet that is more than Redis can take at once, all decide in time and one wins', async () => {
  const since = performance.now();
  const outcomes = await Promise.all(fleet('5s'));
  expect(outcomes.filter(({ kind }) => kind === 'ran')).toHaveLength(1);
  expect(outcomes.filter(({ kind }) => kind === 'skipped')).toHaveLength(CONTENDERS - 1);
  expect(performance.now() - since).toBeLessThan(10_000);
  // It was too much: else this tells nothing.
  const stats = String(await redis.command('INFO', 'stats'));
  expect(Number(/rejected_connections:(\d+)/.exec(stats)?.[1])).toBeGreaterThan(0);
});
