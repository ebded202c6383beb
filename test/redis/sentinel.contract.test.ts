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

for (const [name, openAt] of [
  ['the master that Sentinels name', storeAt],
  ['the master that Sentinels name, asked by many at once,', sharedStoreAt],
] as const) {
  claimStoreContract(name, async () => ({
    open: () => openAt(set.url),
    history: async (job) => historyOf(await set.master(), job),
    now: async () => timeOf(await set.master()),
  }));
}
manyAtOnceContract('the master that Sentinels name', async () => ({
  open: () => sharedStoreAt(set.url),
}));
