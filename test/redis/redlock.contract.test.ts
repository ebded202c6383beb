import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Masters, startMasters } from '../support/masters.js';
import { storeAt, timeOf } from '../support/store.js';

failOnLeaks();

let masters: Masters;
beforeAll(async () => {
  masters = await startMasters(5);
});
afterAll(() => masters.stop());

claimStoreContract('Redlock on five masters', async () => ({
  open: () => storeAt(...masters.urls),
  async now() {
    const [first] = masters.servers;
    if (first === undefined) throw new Error('no master');
    return timeOf(first);
  },
}));
