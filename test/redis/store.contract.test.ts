import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

claimStoreContract('one Redis', async () => ({
  open: () => storeAt(redis.url),
  async now() {
    const time = await redis.command('TIME');
    if (!Array.isArray(time)) throw new Error('no TIME');
    return Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
  },
}));
