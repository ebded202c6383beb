import { afterAll, beforeAll } from 'vitest';
import { claimStoreContract } from '../contract/claim-store.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

let masters: RedisServer[];
beforeAll(async () => {
  masters = await Promise.all(Array.from({ length: 5 }, () => startRedis()));
});
afterAll(() => Promise.all(masters.map((master) => master.stop())));

claimStoreContract('Redlock on five masters', async () => ({
  open: () => storeAt(...masters.map(({ url }) => url)),
  async now() {
    const time = await masters[0]?.command('TIME');
    if (!Array.isArray(time)) throw new Error('no TIME');
    return Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
  },
}));
