import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { manyAtOnceContract } from '../contract/many-at-once.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Masters, startMasters } from '../support/masters.js';
import type { RedisServer } from '../support/redis-server.js';
import { sharedStoreAt, storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let masters: Masters;
beforeAll(async () => {
  masters = await startMasters(5);
});
afterAll(() => masters.stop());

/** Any of them could be asked: all are there. */
function one(): RedisServer {
  const [first] = masters.servers;
  if (first === undefined) throw new Error('no master');
  return first;
}

claimStoreContract('Redlock on five masters', async () => ({
  open: () => storeAt(...masters.urls),
  history: (job) => historyOf(one(), job),
  now: () => timeOf(one()),
}));
manyAtOnceContract('Redlock on five masters', async () => ({
  open: () => sharedStoreAt(...masters.urls),
}));
