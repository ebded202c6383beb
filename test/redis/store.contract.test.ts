import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

claimStoreContract('one Redis', async () => ({
  open: () => storeAt(redis.url),
  history: (job) => historyOf(redis, job),
  now: () => timeOf(redis),
}));
