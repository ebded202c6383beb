import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClaimStore } from '../../src/core/claim.js';
import { openStore } from '../../src/redis/open-store.js';
import { systemClock } from '../../src/system-clock.js';
import { aclUser } from '../support/acl-user.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Masters, startMasters } from '../support/masters.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type ReplicaSet, startReplicas } from '../support/replicas.js';
import { AGREEMENT } from '../support/server-group.js';
import { storeAt } from '../support/store.js';
import { targetOf } from '../support/target.js';

failOnLeaks();

const WITHIN = 1_000;

let redis: RedisServer;
let replicas: ReplicaSet;
let opened: ClaimStore[] = [];
beforeAll(async () => {
  redis = await startRedis();
  replicas = await startReplicas(redis, 1);
});
afterEach(() => {
  for (const store of opened) store.close();
  opened = [];
});
afterAll(async () => {
  await replicas.stop();
  await redis.stop();
});

const keep = (store: ClaimStore): ClaimStore => {
  opened.push(store);
  return store;
};
const open = (...urls: readonly string[]) => keep(storeAt(...urls));
const denied = { name: 'Failure', kind: 'denied' };
const unavailable = (words: string | RegExp) => ({
  name: 'Failure',
  kind: 'unavailable',
  message: expect.stringMatching(words),
});
/** Within a setting of the server's that is taken back. */
const withConfig = async (name: string, value: string, act: () => Promise<void>) => {
  const [, before] = [await redis.command('CONFIG', 'GET', name)].flat();
  await redis.command('CONFIG', 'SET', name, value);
  try {
    await act();
  } finally {
    await redis.command('CONFIG', 'SET', name, String(before));
  }
};

describe('a server is within reach', () => {
  test('when it takes claims, which leaves no trace', async () => {
    await redis.command('FLUSHALL');
    await open(redis.url).reach(WITHIN);
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  test('not when nothing listens', async () => {
    await expect(open('redis://127.0.0.1:1').reach(WITHIN)).rejects.toMatchObject(
      unavailable('refused'),
    );
  });

  test('not when it is silent, and again once it speaks', async () => {
    const store = open(redis.url);
    await redis.pause();
    await expect(store.reach(50)).rejects.toMatchObject(unavailable('no answer'));
    redis.resume();
    await store.reach(WITHIN);
  });

  test('not when it is a replica', async () => {
    const [replica] = replicas.replicas;
    const url = `redis://127.0.0.1:${replica?.port}`;
    await expect(open(url).reach(WITHIN)).rejects.toMatchObject(unavailable('READONLY'));
  });

  test('not when it is out of memory', async () => {
    await withConfig('maxmemory', '1', async () => {
      await expect(open(redis.url).reach(WITHIN)).rejects.toMatchObject(unavailable('OOM'));
    });
  });

  test('not when it wants more replicas than it has', async () => {
    await withConfig('min-replicas-to-write', '2', async () => {
      await expect(open(redis.url).reach(WITHIN)).rejects.toMatchObject(unavailable('NOREPLICAS'));
    });
  });

  test('not by a wrong password', async () => {
    await aclUser(redis, 'app', ['~redlock-run:*', '+@all'], 'right');
    const at = (password: string) => redis.url.replace('//', `//app:${password}@`);
    await open(at('right')).reach(WITHIN);
    await expect(open(at('wrong')).reach(WITHIN)).rejects.toMatchObject(denied);
  });

  test.each([['-eval'], ['-set'], ['resetkeys']])('not by a user with %s', async (rule) => {
    await aclUser(redis, 'limited', ['~redlock-run:*', '+@all', rule], 'pw');
    const store = open(redis.url.replace('//', '//limited:pw@'));
    await expect(store.reach(WITHIN)).rejects.toMatchObject(denied);
  });

  test.each([1, 2])('and its replicas, where %d of one must have a claim', async (wanted) => {
    const options = { prefix: 'redlock-run', durability: { replicas: wanted, timeout: 500 } };
    const target = targetOf(redis.url);
    const reached = keep(openStore([target], { ...options, clock: systemClock })).reach(WITHIN);
    if (wanted === 1) await reached;
    else await expect(reached).rejects.toMatchObject(unavailable('1 of the 2 replicas'));
  });
});

test('a replica that goes is noticed on the connection that knew it', async () => {
  const master = await startRedis();
  const set = await startReplicas(master, 1);
  try {
    const target = targetOf(master.url);
    const durability = { replicas: 1, timeout: 1_000 };
    const store = keep(
      openStore([target], { prefix: 'redlock-run', durability, clock: systemClock }),
    );
    // A replica that has just come has not said yet how far it is.
    await vi.waitFor(() => store.reach(WITHIN), AGREEMENT);
    await set.stop();
    await vi.waitFor(
      () => expect(store.reach(WITHIN)).rejects.toMatchObject(unavailable('0 of the 1')),
      AGREEMENT,
    );
  } finally {
    await set.stop();
    await master.stop();
  }
});

describe('several masters', () => {
  let masters: Masters;
  beforeAll(async () => {
    masters = await startMasters(3);
  });
  afterAll(() => masters.stop());

  test('are within reach as long as a majority is', async () => {
    const store = open(...masters.urls);
    await store.reach(WITHIN);
    const [one, other] = masters.servers;
    await one?.kill9();
    await store.reach(WITHIN);
    await other?.kill9();
    await expect(store.reach(WITHIN)).rejects.toMatchObject(unavailable('no majority'));
    await other?.restart();
    await store.reach(WITHIN);
    await one?.restart();
  });
});

describe('a cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  test('is within reach, but not while some of its slots are served by nobody', async () => {
    const store = open(cluster.url);
    await store.reach(WITHIN);
    const [master] = await cluster.masters();
    if (master === undefined) throw new Error('no master');
    await cluster.killShard(master);
    await expect(store.reach(WITHIN)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
