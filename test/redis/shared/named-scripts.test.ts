import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClaimStore } from '../../../src/core/claim.js';
import { aclUser } from '../../support/acl-user.js';
import { bidsFor } from '../../support/bids.js';
import { callsOf, errorsOf } from '../../support/info.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { sharedStoreAt, storeAt } from '../../support/store.js';

failOnLeaks();

const WITHIN = 5_000;

let redis: RedisServer;
let store: ClaimStore;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  await redis.command('SCRIPT', 'FLUSH');
  await redis.command('CONFIG', 'RESETSTAT');
  store = sharedStoreAt(redis.url);
});
afterEach(() => store.close());
afterAll(() => redis.stop());

/** @returns how often it was sent whole, and how often by its name, since the last time */
const calls = async () => {
  const counted = [await callsOf(redis, 'eval'), await callsOf(redis, 'evalsha')];
  await redis.command('CONFIG', 'RESETSTAT');
  return counted;
};
const claimAll = async (jobs: number, by = store) => {
  const answers = await Promise.all(bidsFor(jobs).map((bid) => by.claim(bid, false, WITHIN)));
  expect(answers.map(({ verdict }) => verdict.kind)).toEqual(answers.map(() => 'won'));
};

test('a script is sent whole once per connection, and named from then on: in the same burst, too', async () => {
  await claimAll(3);
  expect(await calls()).toEqual([1, 2]);
  await claimAll(100);
  expect(await calls()).toEqual([0, 100]);
});

test('each script has a name of its own', async () => {
  const [bid] = bidsFor(1);
  if (bid === undefined) throw new Error('no bid');
  const { verdict } = await store.claim(bid, false, WITHIN);
  if (verdict.kind !== 'won') throw new Error(verdict.kind);
  for (const _ of [1, 2, 3]) expect(await store.renew(verdict.run, WITHIN)).toBe('held');
  expect(await calls()).toEqual([2, 2]);
});

test('a server that has forgotten the script is sent it again', async () => {
  await claimAll(1);
  await redis.command('SCRIPT', 'FLUSH');
  await redis.command('CONFIG', 'RESETSTAT');
  await claimAll(10);
  expect(await errorsOf(redis, 'NOSCRIPT')).toBe(10);
  expect(await callsOf(redis, 'eval')).toBe(10);
  await calls();
  await claimAll(10);
  expect(await calls()).toEqual([0, 10]);
});

test('a user who may not name scripts sends them whole, and is refused once per connection', async () => {
  await aclUser(redis, 'careful', ['~redlock-run:*', '+@all', '-evalsha'], 'pw');
  const careful = sharedStoreAt(redis.url.replace('//', '//careful:pw@'));
  try {
    for (const _ of [1, 2, 3]) await claimAll(1, careful);
    expect(await errorsOf(redis, 'NOPERM')).toBe(1);
    expect(await callsOf(redis, 'eval')).toBe(3);
    await claimAll(10, careful);
    expect(await errorsOf(redis, 'NOPERM')).toBe(1);
  } finally {
    careful.close();
  }
});

test('what refuses a claim refuses it by its name as well', async () => {
  await claimAll(1);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  try {
    await expect(claimAll(1)).rejects.toMatchObject({ kind: 'unavailable' });
  } finally {
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  }
});

test('a store that asks one thing after the other sends them whole', async () => {
  const alone = storeAt(redis.url);
  try {
    for (const _ of [1, 2, 3]) await claimAll(1, alone);
    expect(await calls()).toEqual([3, 0]);
  } finally {
    alone.close();
  }
});
