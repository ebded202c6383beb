import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { manyAtOnceContract } from '../contract/many-at-once.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { sharedStoreAt, storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let set: SentinelSet;
beforeAll(async () => {
  set = await startSentinels();
}, 60_000);
afterAll(() => set.stop());

claimStoreContract('the master that Sentinels name', async () => ({
  open: () => storeAt(set.url),
  history: async (job) => historyOf(await set.master(), job),
  now: async () => timeOf(await set.master()),
}));
manyAtOnceContract('the master that Sentinels name', async () => ({
  open: () => sharedStoreAt(set.url),
}));
