import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { askUntilAnswered } from '../../../src/core/ask-again.js';
import type { Answer, Bid, ClaimStore } from '../../../src/core/claim.js';
import { openSharedStore } from '../../../src/redis/shared/open-shared-store.js';
import { systemClock } from '../../../src/system-clock.js';
import { aclUser } from '../../support/acl-user.js';
import { bidsFor } from '../../support/bids.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { connectionsOf, infoOf } from '../../support/info.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { type SentinelSet, startSentinels } from '../../support/sentinels.js';
import { AGREEMENT } from '../../support/server-group.js';
import { sharedStoreAt, storeAt } from '../../support/store.js';
import { targetOf } from '../../support/target.js';
import { untilAtLeast } from '../../support/until.js';

failOnLeaks();

const WITHIN = 5_000;

let redis: RedisServer;
let proxy: RedisProxy;
let store: ClaimStore;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  proxy = await startProxy(redis.port);
  store = sharedStoreAt(proxy.url);
  await store.reach(WITHIN);
});
afterEach(async () => {
  store.close();
  await proxy.stop();
});
afterAll(() => redis.stop());

/** As the daemon does: by the same owner, until there is an answer. */
const patiently = (bid: Bid, within = WITHIN, by = store): Promise<Answer> =>
  askUntilAnswered({ within, clock: systemClock }, (left, again) => by.claim(bid, again, left));
const claimAll = async (jobs: number, by = store) => {
  const answers = await Promise.all(bidsFor(jobs).map((bid) => patiently(bid, WITHIN, by)));
  expect(answers.map(({ verdict }) => verdict.kind)).toEqual(answers.map(() => 'won'));
};
/** @returns ms */
const timeOf = async (act: Promise<unknown>) => {
  const began = performance.now();
  await act;
  return performance.now() - began;
};

test('a claim that was given up before there was a connection is not sent when there is one', async () => {
  const [given, ...others] = bidsFor(20);
  if (given === undefined) throw new Error('no bid');
  await redis.kill9();
  try {
    const impatient = () => expect(store.claim(given, false, 20)).rejects.toThrow();
    // Some find a connection that waits for its turn, some none yet.
    for (const _ of others) await impatient();
  } finally {
    await redis.restart();
  }
  for (const bid of others) await patiently(bid);
  const { verdict } = await patiently({ ...given, owner: 'another' });
  expect(verdict.kind).toBe('won');
});

test('an idle connection is kept known to firewalls by TCP itself', () => {
  // https://docs.kernel.org/networking/proc_net_tcp.html: 02 is the timer of keepalive.
  const address = `0100007F:${proxy.port.toString(16).toUpperCase().padStart(4, '0')}`;
  const ours = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote === address && state === '01');
  expect(ours.map(([, , , , , timer]) => timer?.slice(0, 2))).toEqual(['02']);
});

describe('a connection that has been idle is replaced, and all claims answered, when', () => {
  test('a firewall has forgotten it: one short try is lost', async () => {
    proxy.fault(({ connection }) => (connection === 1 ? 'swallow-request' : undefined));
    expect(await timeOf(claimAll(100))).toBeLessThan(WITHIN / 2);
    expect(proxy.connections).toBe(2);
  });

  test('the server has restarted', async () => {
    await redis.restart();
    await claimAll(100);
    await claimAll(100);
  });

  test('the server has ended it', async () => {
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await claimAll(100);
    expect(proxy.connections).toBe(2);
  });

  test('the server ends what is idle', async () => {
    await redis.command('CONFIG', 'SET', 'timeout', '1');
    try {
      // The one that is left is the test's own.
      await vi.waitFor(async () => {
        expect((await infoOf(redis, 'clients')).connected_clients).toBe('1');
      }, AGREEMENT);
      await claimAll(100);
    } finally {
      await redis.command('CONFIG', 'SET', 'timeout', '0');
    }
  });

  test('the password was changed meanwhile', async () => {
    const file = join(redis.folder, 'password');
    const login = async (password: string) => {
      writeFileSync(file, password);
      await aclUser(redis, 'rotated', ['~redlock-run:*', '+@all'], password);
    };
    await login('first');
    const target = targetOf(redis.url.replace('//', '//rotated@'), { redisPasswordFile: file });
    const rotating = openSharedStore([target], { prefix: 'redlock-run', clock: systemClock });
    try {
      await claimAll(1, rotating);
      await login('second');
      await redis.command('CLIENT', 'KILL', 'USER', 'rotated');
      await claimAll(100, rotating);
    } finally {
      rotating.close();
    }
  });
});

describe('a server that is away', () => {
  const BIDS = 500;

  test('is not flooded: ten connections a second, however many bids there are', async () => {
    const before = proxy.connections;
    proxy.fault(() => 'lose-request');
    const ends = bidsFor(BIDS).map((bid) => patiently(bid, 3_000).catch(() => undefined));
    const cpu = process.cpuUsage();
    expect(await timeOf(Promise.all(ends))).toBeLessThan(4_000);
    const { user, system } = process.cpuUsage(cpu);
    expect(proxy.connections - before).toBeLessThanOrEqual(31);
    expect(proxy.connections - before).toBeGreaterThan(5);
    // Of one core, for the 3 s; the proxy is in this process as well.
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });

  test('answers all of them once it is back', async () => {
    proxy.fault(() => 'lose-request');
    const claims = claimAll(BIDS);
    await untilAtLeast(3, () => proxy.connections);
    proxy.fault(undefined);
    await claims;
  });

  test('leaves nothing behind, however often it goes', async () => {
    // Without the pace, that it does not take minutes.
    const hasty = storeAt(proxy.url);
    try {
      const resources = () => process.getActiveResourcesInfo().length;
      await claimAll(1, hasty);
      const before = resources();
      for (let i = 0; i < 200; i++) {
        proxy.cutAll();
        await claimAll(1, hasty);
      }
      expect(proxy.connections).toBeGreaterThan(200);
      await vi.waitFor(() => expect(resources()).toBeLessThanOrEqual(before));
    } finally {
      hasty.close();
    }
  });
});

describe('Sentinel', () => {
  let set: SentinelSet;
  beforeAll(async () => {
    set = await startSentinels();
  }, 60_000);
  afterAll(() => set.stop());

  test('has named another master while nobody asked', async () => {
    const shared = sharedStoreAt(set.url);
    try {
      await claimAll(10, shared);
      const promoted = await set.failover();
      await claimAll(100, shared);
      expect(Number(await promoted.command('EXISTS', 'redlock-run:{job-99}:state'))).toBe(1);
    } finally {
      shared.close();
    }
  });
});

describe('a cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  test('has moved a slot while nobody asked', async () => {
    const shared = sharedStoreAt(cluster.url);
    try {
      await claimAll(100, shared);
      const key = 'redlock-run:{job-0}:state';
      const from = await cluster.nodeOf(key);
      const to = (await cluster.masters()).find((node) => node !== from);
      if (to === undefined) throw new Error('one master only');
      await (await cluster.migrate(await cluster.slotOf(key), to)).finish();
      await claimAll(100, shared);
      expect(await to.command('EXISTS', key)).toBe(1);
    } finally {
      shared.close();
    }
  });

  test('has lost a master while nobody asked', async () => {
    const shared = sharedStoreAt(cluster.url);
    try {
      await claimAll(100, shared);
      await cluster.failover(await cluster.nodeOf('redlock-run:{job-1}:state'));
      await claimAll(100, shared);
    } finally {
      shared.close();
    }
  });

  test('is asked over one connection to each node that keeps a job', async () => {
    const masters = await cluster.masters();
    const before = await Promise.all(masters.map(connectionsOf));
    const shared = sharedStoreAt(cluster.url);
    try {
      await claimAll(100, shared);
      const after = await Promise.all(masters.map(connectionsOf));
      const opened = after.map((count, i) => count - (before[i] ?? 0));
      expect(opened).toEqual(masters.map(() => 1));
    } finally {
      shared.close();
    }
  });
});
