import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { manyAtOnceContract } from '../contract/many-at-once.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { sharedStoreAt, storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

for (const [name, openAt] of [
  ['one Redis', storeAt],
  ['one Redis, asked by many at once,', sharedStoreAt],
] as const) {
  claimStoreContract(name, async () => ({
    open: () => openAt(redis.url),
    history: (job) => historyOf(redis, job),
    now: () => timeOf(redis),
  }));
}
manyAtOnceContract('one Redis', async () => ({ open: () => sharedStoreAt(redis.url) }));
