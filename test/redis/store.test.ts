import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bid, ClaimStore } from '../../src/core/claim.js';
import { BID } from '../support/bid.js';
import { askEverything } from '../support/every-question.js';
import { historyOf } from '../support/history.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

const WITHIN = 5_000;
const HOUR = 3_600_000;
const SLOT = 'redlock-run:{nightly}:slot:now';
const RUN = 'redlock-run:{nightly}:run:now';
const GUARANTEES = readFileSync('docs/guarantees.md', 'utf8');
const STATE = 'redlock-run:{nightly}:state';
const NODES = 'redlock-run:{nightly}:nodes';

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

const open = (url: string) => storeAt(url);
const bid = (more: Partial<Bid> = {}): Bid => ({
  ...BID,
  slot: { id: 'now', due: { at, early: 30_000, late: HOUR } },
  owner: (++owners).toString(16).padStart(32, '0'),
  ...more,
});
const claim = async (more: Partial<Bid> = {}) =>
  (await store.claim(bid(more), false, WITHIN)).verdict;
const keys = async () => [await redis.command('KEYS', 'redlock-run:{*')].flat().sort();
const ttl = async (key: string) => Number(await redis.command('PTTL', key));

describe('what a job keeps in Redis', () => {
  test('is four keys for its first slot and two for each further one, until a run ends', async () => {
    await claim();
    expect(await keys()).toEqual([NODES, RUN, SLOT, STATE]);
    await claim();
    expect(await keys()).toEqual([NODES, RUN, SLOT, STATE]);
    await claim({ slot: { id: 'other' }, overlap: 'allow' });
    expect(await keys()).toHaveLength(6);
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

describe('what is known of the fleet', () => {
  test('is who bid, winner or loser, with what each means by the job', async () => {
    await claim({ node: 'a', schedule: 'every%2060000' });
    await claim({ node: 'b', schedule: 'every%2090000', version: '2.0.0' });
    expect(await redis.command('ZRANGE', NODES, '0', '-1')).toEqual([
      'a every%2060000 digest 1.0.0',
      'b every%2090000 digest 2.0.0',
    ]);
    const seen = Number(await redis.command('ZSCORE', NODES, 'a every%2060000 digest 1.0.0'));
    expect(Math.abs(seen - Date.now())).toBeLessThan(5_000);
  });

  test('forgets, at a new slot, who has not been seen for a week', async () => {
    await redis.command('ZADD', NODES, Date.now() - 8 * 24 * HOUR, 'gone - digest 1.0.0');
    await claim({ node: 'a' });
    expect(await redis.command('ZRANGE', NODES, '0', '-1')).toEqual(['a - digest 1.0.0']);
  });

  test('holds the name of a job once it is run', async () => {
    await claim({ key: 'a {b}' });
    await expect
      .poll(() => redis.command('SMEMBERS', 'redlock-run:jobs'), { interval: 5 })
      .toEqual(['a {b}']);
  });
});

describe('a slot that was claimed', () => {
  test('is not won again when its keys were evicted', async () => {
    expect(await claim()).toMatchObject({ kind: 'won' });
    await redis.command('DEL', SLOT, RUN);
    expect(await claim({ overlap: 'allow' })).toEqual({ kind: 'not-elected' });
  });

  test('is not won again when only the counter was evicted', async () => {
    const { verdict } = await store.claim(bid(), false, WITHIN);
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

  test('is not won again while the lease of its run is alive, though nothing else is known', async () => {
    const byHand = { slot: { id: 'now' } };
    await claim(byHand);
    await redis.command('DEL', SLOT, RUN);
    expect(await claim(byHand)).toEqual({ kind: 'not-elected' });
  });

  test('and runs for longer than the retention is not forgotten', async () => {
    const { verdict } = await store.claim(bid(), false, WITHIN);
    if (verdict.kind !== 'won') throw new Error(verdict.kind);
    for (const key of [SLOT, RUN]) await redis.command('PEXPIRE', key, 1_000);
    await store.renew(verdict.run, WITHIN);
    for (const key of [SLOT, RUN]) expect(await ttl(key)).toBeGreaterThan(HOUR - 5_000);
  });

  test('whose record has expired ends well all the same, and gives its lease up', async () => {
    const { verdict } = await store.claim(bid(), false, WITHIN);
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
    const { verdict } = await store.claim(bid(), false, WITHIN);
    if (verdict.kind !== 'won') throw new Error(verdict.kind);
    expect(verdict.run.fence).toBe(future + 1);
    const second = await store.retry(verdict.run, { state: 'failed', exit: 1 }, WITHIN);
    expect(second?.fence).toBe(future + 2);
    if (second === undefined) throw new Error('lost');
    await store.finish(second, { state: 'handed-back', exit: 143 }, WITHIN);
    expect(await store.takeOver(bid(), 3, WITHIN)).toMatchObject({ run: { fence: future + 3 } });
    await redis.command('HDEL', STATE, 'lease:1:now');
    expect(await claim({ slot: { id: 'next' } })).toMatchObject({ run: { fence: future + 4 } });
  });
});

describe('the history', () => {
  const win = async (more: Partial<Bid> = {}) => {
    const verdict = await claim(more);
    if (verdict.kind !== 'won') throw new Error(verdict.kind);
    return verdict.run;
  };
  const outcomes = async () => (await historyOf(redis, 'nightly')).map(({ outcome }) => outcome);
  const DONE = { state: 'done', exit: 0 } as const;
  const over = async () => {
    const end = Date.now() + 30;
    await expect.poll(() => Date.now(), { interval: 5 }).toBeGreaterThan(end);
  };

  test('has one entry for a run, however often its end is told', async () => {
    const run = await win();
    await store.finish(run, DONE, WITHIN);
    await store.finish(run, DONE, WITHIN);
    expect(await outcomes()).toEqual(['done']);
  });

  test('has an entry for the run of a winner that died, by who takes it over', async () => {
    await win({ lease: 1 });
    await over();
    await store.takeOver(bid(), 3, WITHIN);
    expect(await outcomes()).toEqual(['died']);
  });

  test('has it once, by who notices it at the next slot', async () => {
    await win({ lease: 1 });
    await over();
    for (const id of ['next', 'after']) await claim({ slot: { id }, overlap: 'allow' });
    expect(await historyOf(redis, 'nightly')).toMatchObject([{ slot: 'now', outcome: 'died' }]);
  });

  test('of a winner that died is told to losers', async () => {
    await win({ lease: 1 });
    await over();
    expect(await claim()).toMatchObject({ holder: { state: 'died' } });
  });

  test('is capped', async () => {
    for (let i = 0; i < 1_300; i++) {
      await redis.command('XADD', 'redlock-run:{nightly}:history', '*', 'slot', `${i}`);
    }
    await store.finish(await win(), DONE, WITHIN);
    const length = Number(await redis.command('XLEN', 'redlock-run:{nightly}:history'));
    expect(length).toBeLessThan(1_200);
  });

  test('and the keys of a slot take less than 1 KiB a slot', async () => {
    const node = 'ip-10-0-0-1.eu-central-1.compute.internal';
    const ends: number[] = [];
    for (let i = 0; i < 200; i++) {
      const slot = { id: new Date(at + i * 60_000).toISOString() };
      const run = await win({ slot, node });
      await claim({ slot, node });
      await store.finish(run, DONE, WITHIN);
    }
    for (const key of await keys()) {
      const size = await redis.command('MEMORY', 'USAGE', String(key), 'SAMPLES', 0);
      ends.push(Number(size));
    }
    expect(ends.reduce((sum, size) => sum + size) / 200).toBeLessThan(1_024);
  });
});

describe('a Redis that lost the run', () => {
  const win = async (more: Partial<Bid> = {}) => {
    const verdict = await claim(more);
    if (verdict.kind !== 'won') throw new Error(verdict.kind);
    return verdict.run;
  };

  test('knows it again after a renewal: slot, watermark, fence, expiry', async () => {
    const run = await win();
    await redis.command('FLUSHALL');
    expect(await store.renew(run, WITHIN)).toBe('restated');
    expect(await store.renew(run, WITHIN)).toBe('held');
    expect(await claim()).toMatchObject({ kind: 'not-elected', holder: { state: 'running' } });
    for (const key of [SLOT, RUN]) expect(await ttl(key)).toBeGreaterThan(0);
    expect(await redis.command('HGET', STATE, 'fence')).toBe(String(run.fence));
    await redis.command('DEL', SLOT, RUN);
    expect(await claim({ overlap: 'allow' })).toEqual({ kind: 'not-elected' });
  });

  test('knows all winners of the slot again, whoever comes first', async () => {
    const runs = [await win({ winners: 2 }), await win({ winners: 2 })];
    await redis.command('FLUSHALL');
    for (const run of runs.reverse()) expect(await store.renew(run, WITHIN)).toBe('restated');
    expect(await claim({ winners: 2 })).toMatchObject({ kind: 'not-elected' });
  });

  test('and gave the slot to another: the first has lost it', async () => {
    const run = await win();
    await redis.command('FLUSHALL');
    await win();
    expect(await store.renew(run, WITHIN)).toBe('lost');
  });

  test('by going back to an older copy that knew the job: it is told all the same', async () => {
    await store.finish(await win({ slot: { id: 'before' } }), { state: 'done', exit: 0 }, WITHIN);
    const copy = await redis.command('HGETALL', STATE);
    const run = await win();
    await redis.command('FLUSHALL');
    await redis.command('HSET', STATE, ...[copy].flat().map(String));
    expect(await store.renew(run, WITHIN)).toBe('restated');
  });

  test('and lets another slot run meanwhile: they do not run side by side', async () => {
    const run = await win();
    await redis.command('FLUSHALL');
    await redis.command(
      ...['HSET', STATE, 'lease:1:other', `${Date.now() + HOUR} x 1 1 1 d v node-9`],
    );
    expect(await store.renew(run, WITHIN)).toBe('lost');
    expect(await store.renew({ ...run, overlap: 'allow' }, WITHIN)).toBe('restated');
  });
});

describe('nothing is done by halves:', () => {
  const nothingChanged = async (more: Partial<Bid>, kind: string, client = store) => {
    const before = await dump();
    await expect(client.claim(bid(more), false, WITHIN)).rejects.toMatchObject({
      name: 'Failure',
      kind,
    });
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
        await expect(limited.claim(bid(), false, WITHIN)).rejects.toMatchObject({ kind: 'denied' });
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
  test('writes nothing but the counter and when it was', async () => {
    await claim();
    const record = async () => {
      const pairs = [await redis.command('HGETALL', RUN)].flat();
      return pairs.filter((_, i) => pairs[i - (i % 2)] !== 'last');
    };
    const before = await record();
    await claim();
    expect(await redis.command('GET', SLOT)).toBe('2');
    expect(await record()).toEqual(before);
  });
});

test('the rights that docs/guarantees.md names are enough', async () => {
  const [, named = ''] = /The user of an ACL needs(.*?)\n\n/s.exec(GUARANTEES) ?? [];
  const commands = [...named.matchAll(/`([A-Z]+)`/g)].map(
    ([, name = '']) => `+${name.toLowerCase()}`,
  );
  await redis.command(
    'ACL',
    'SETUSER',
    'least',
    'reset',
    'on',
    '>pw',
    '~redlock-run:*',
    ...commands,
  );
  const least = open(`redis://least:pw@127.0.0.1:${redis.port}`);
  try {
    await askEverything(least, () => redis.command('FLUSHALL'));
  } finally {
    least.close();
  }
});
