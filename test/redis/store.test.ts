import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bid, ClaimStore } from '../../src/core/claim.js';
import { parseRedisUrl } from '../../src/redis/address.js';
import { RedisStore } from '../../src/redis/store.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

const WITHIN = 5_000;
const HOUR = 3_600_000;
const SLOT = 'redlock-run:{nightly}:slot:now';
const RUN = 'redlock-run:{nightly}:run:now';
const STATE = 'redlock-run:{nightly}:state';

let redis: RedisServer;
let store: ClaimStore;
let at: number;
let owners = 0;

beforeAll(async () => {
  redis = await startRedis();
  store = open(redis.url);
});
afterAll(async () => {
  store.close();
  await redis.stop();
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
  at = Date.now();
});

const open = (url: string) => new RedisStore(parseRedisUrl(url, 'url'), 'redlock-run');
const bid = (more: Partial<Bid> = {}): Bid => ({
  key: 'nightly',
  slot: { id: 'now', due: { at, early: 30_000, late: HOUR } },
  owner: (++owners).toString(16).padStart(32, '0'),
  node: 'node-1',
  winners: 1,
  retain: HOUR,
  lease: 30_000,
  overlap: 'skip',
  again: false,
  ...more,
});
const claim = async (more: Partial<Bid> = {}) => (await store.claim(bid(more), WITHIN)).verdict;
const keys = async () => [await redis.command('KEYS', '*')].flat().sort();
const ttl = async (key: string) => Number(await redis.command('PTTL', key));

describe('what a job keeps in Redis', () => {
  test('is three keys for its first slot and two for each further one', async () => {
    await claim();
    expect(await keys()).toEqual([RUN, SLOT, STATE]);
    await claim();
    expect(await keys()).toEqual([RUN, SLOT, STATE]);
    await claim({ slot: { id: 'other' } });
    expect(await keys()).toHaveLength(5);
  });

  test('shares one hash tag, whatever the name of the job', async () => {
    await claim({ key: 'a{b}:c*', slot: { id: 'x' } });
    for (const key of await keys()) expect(key).toMatch(/^redlock-run:\{a%7Bb%7D%3Ac%2A\}:/);
  });

  test('expires with the retention, but for the state, which never does', async () => {
    await claim({ retain: HOUR });
    for (const key of [SLOT, RUN]) {
      expect(await ttl(key)).toBeGreaterThan(HOUR - 5_000);
      expect(await ttl(key)).toBeLessThanOrEqual(HOUR);
    }
    expect(await ttl(STATE)).toBe(-1);
  });

  test('gets its expiry from the first claim only: neither losers nor further winners extend it', async () => {
    await claim({ winners: 2, retain: HOUR });
    await claim({ winners: 2, retain: 24 * HOUR });
    await claim({ winners: 2, retain: 24 * HOUR });
    for (const key of [SLOT, RUN]) expect(await ttl(key)).toBeLessThanOrEqual(HOUR);
  });

  test('stays small: under 1 KiB a slot, however many nodes lose', async () => {
    for (let i = 0; i < 50; i++) await claim({ node: 'ip-10-0-0-1.eu-central-1.compute.internal' });
    const sizes = await Promise.all(
      [SLOT, RUN].map((key) => redis.command('MEMORY', 'USAGE', key)),
    );
    expect(sizes.map(Number).reduce((sum, size) => sum + size)).toBeLessThan(1_024);
  });

  test('sweeps the leases of runs that died out of the state', async () => {
    await claim({ slot: { id: 'died' }, lease: 1 });
    await expect.poll(() => Date.now()).toBeGreaterThan(at + 20);
    await claim();
    const fields = [await redis.command('HKEYS', STATE)].flat();
    expect(fields.filter((field) => String(field).startsWith('lease:'))).toEqual(['lease:1:now']);
  });
});

describe('a slot that was claimed', () => {
  test('is not won again when its keys were evicted', async () => {
    expect(await claim()).toMatchObject({ kind: 'won' });
    await redis.command('DEL', SLOT, RUN);
    expect(await claim({ overlap: 'allow' })).toEqual({ kind: 'not-elected' });
  });

  test('is not won again when only the counter was evicted', async () => {
    const { verdict } = await store.claim(bid(), WITHIN);
    await redis.command('DEL', SLOT);
    expect(await claim()).toMatchObject({ kind: 'not-elected', holder: { node: 'node-1' } });
    if (verdict.kind !== 'won') throw new Error('not won');
    expect(await store.finish(verdict.run, { state: 'done', exit: 0 }, WITHIN)).toBe(true);
  });

  test('is not won again although a further winner of an older slot came after it', async () => {
    const older = { slot: { id: 'older', due: { at: at - 60_000, early: 0, late: HOUR } } };
    const both = { winners: 2, overlap: 'allow' } as const;
    await claim({ ...older, ...both });
    await claim(both);
    expect(await claim({ ...older, ...both })).toMatchObject({ kind: 'won', run: { rank: 2 } });
    await redis.command('DEL', SLOT, RUN);
    expect(await claim(both)).toEqual({ kind: 'not-elected' });
  });

  test('whose record has expired ends well all the same, and gives its lease up', async () => {
    const { verdict } = await store.claim(bid(), WITHIN);
    if (verdict.kind !== 'won') throw new Error('not won');
    await redis.command('DEL', RUN);
    expect(await store.finish(verdict.run, { state: 'done', exit: 0 }, WITHIN)).toBe(true);
    expect(await redis.command('EXISTS', RUN)).toBe(0);
    expect([await redis.command('HKEYS', STATE)].flat()).not.toContain('lease:1:now');
  });
});

describe('the fence', () => {
  test('goes on from the last one when the clock of Redis was set back', async () => {
    const future = (Date.now() + HOUR) * 1_000;
    await redis.command('HSET', STATE, 'fence', future);
    expect(await claim()).toMatchObject({ run: { fence: future + 1 } });
  });
});

describe('nothing is done by halves:', () => {
  const nothingChanged = async (more: Partial<Bid>, kind: string, client = store) => {
    const before = await dump();
    await expect(client.claim(bid(more), WITHIN)).rejects.toMatchObject({ name: 'Failure', kind });
    expect(await dump()).toEqual(before);
  };
  const dump = async () => {
    const all = (await keys()).map(String);
    return Promise.all(all.map(async (key) => [key, await redis.command('DUMP', key)]));
  };

  test.each([SLOT, RUN, STATE])('when %s has another type', async (key) => {
    await redis.command('LPUSH', key, 'x');
    await nothingChanged({}, 'protocol');
  });

  test('when the counter holds no number', async () => {
    await redis.command('SET', SLOT, 'x');
    await nothingChanged({}, 'protocol');
  });

  test.each(['TIME', 'GET', 'HGET', 'HMGET', 'HGETALL', 'HSET', 'PEXPIRE', 'INCR'])(
    'a user who may not use %s does not burn the slot',
    async (command) => {
      await redis.command(
        ...['ACL', 'SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all', `-${command}`],
      );
      const limited = open(`redis://limited:pw@127.0.0.1:${redis.port}`);
      try {
        await expect(limited.claim(bid(), WITHIN)).rejects.toMatchObject({ kind: 'denied' });
        expect(await claim()).toMatchObject({ kind: 'won', run: { rank: 1 } });
      } finally {
        limited.close();
      }
    },
  );

  test('a server out of memory refuses, and the slot can be won afterwards', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await nothingChanged({}, 'unavailable');
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await claim()).toMatchObject({ kind: 'won' });
  });
});

describe('losing', () => {
  test('writes nothing but the counter', async () => {
    await claim();
    const before = await redis.command('HGETALL', RUN);
    await claim();
    expect(await redis.command('GET', SLOT)).toBe('2');
    expect(await redis.command('HGETALL', RUN)).toEqual(before);
  });
});
