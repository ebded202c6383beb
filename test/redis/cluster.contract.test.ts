import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { manyAtOnceContract } from '../contract/many-at-once.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { sharedStoreAt, storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop());

for (const [name, openAt] of [
  ['a cluster of six nodes', storeAt],
  ['a cluster of six nodes, asked by many at once,', sharedStoreAt],
] as const) {
  claimStoreContract(name, async () => ({
    open: () => openAt(cluster.url),
    history: async (job) => historyOf(await cluster.nodeOf(`redlock-run:{${job}}:history`), job),
    now: async () => timeOf(await cluster.nodeOf('any')),
  }));
}
manyAtOnceContract('a cluster of six nodes', async () => ({
  open: () => sharedStoreAt(cluster.url),
}));
