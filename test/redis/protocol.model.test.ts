import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClaimStore } from '../../src/core/claim.js';
import { Journal, type Rules, STEPS, type World } from '../contract/protocol.model.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

const RUNS = Number(process.env.MODEL_RUNS ?? 150);

let redis: RedisServer;
let store: ClaimStore;
beforeAll(async () => {
  redis = await startRedis();
  store = storeAt(redis.url);
});
afterAll(async () => {
  store.close();
  await redis.stop();
});

function worldOf(key: string): World {
  const name = (rest: string) => `redlock-run:{${key}}:${rest}`;
  return {
    store,
    async expire({ rank, slot, fence }) {
      const field = `lease:${rank}:${slot.id}`;
      const lease = String(await redis.command('HGET', name('state'), field));
      // It may be gone, or another's by now.
      if (!lease.includes(` ${fence} `)) return;
      await redis.command('HSET', name('state'), field, lease.replace(/^\d+/, '1'));
    },
    async evict(slot) {
      await redis.command('DEL', name(`slot:${slot}`), name(`run:${slot}`));
    },
  };
}

test.each<Omit<Rules, 'key'>>([
  { winners: 1, overlap: 'skip' },
  { winners: 1, overlap: 'allow' },
  { winners: 3, overlap: 'skip' },
])(
  'invariants A, B and C hold in any order of steps: %j',
  async (rules) => {
    let begun = 0;
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const key = randomBytes(8).toString('hex');
        const journal = new Journal({ ...rules, key });
        await fc.asyncModelRun(() => ({ model: journal, real: worldOf(key) }), steps);
        begun += journal.begun.length;
      }),
      { numRuns: RUNS },
    );
    // A model in which nothing begins would prove nothing.
    expect(begun).toBeGreaterThan(RUNS / 4);
  },
  120_000,
);
