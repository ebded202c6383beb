import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClaimStore } from '../../../src/core/claim.js';
import { StopSwitch } from '../../../src/core/stop.js';
import { openSharedStore } from '../../../src/redis/shared/open-shared-store.js';
import { systemClock } from '../../../src/system-clock.js';
import { bidsFor } from '../../support/bids.js';
import { makeCertificates } from '../../support/certificates.js';
import { callsOf, connectionsOf, infoOf, untilBlocked } from '../../support/info.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Masters, startMasters } from '../../support/masters.js';
import { type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { AGREEMENT } from '../../support/server-group.js';
import { sharedStoreAt } from '../../support/store.js';
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
});
afterEach(async () => {
  redis.resume();
  store.close();
  await proxy.stop();
});
afterAll(() => redis.stop());

const claimAll = (jobs: number, within = WITHIN) =>
  bidsFor(jobs).map((bid) => store.claim(bid, false, within));

test('a hundred claims are on their way before the first is answered', async () => {
  await store.reach(WITHIN);
  const before = proxy.requests.length;
  await redis.pause();
  const claims = claimAll(100);
  await proxy.seen(before + 100);
  redis.resume();
  await Promise.all(claims);
  expect(proxy.connections).toBe(1);
});

describe('a server that is slow', () => {
  test('costs the impatient their answer, and the others nothing', async () => {
    await store.reach(WITHIN);
    await redis.pause();
    const patient = claimAll(99);
    await Promise.all(
      claimAll(1, 100).map((claim) =>
        expect(claim).rejects.toMatchObject({ kind: 'unavailable', maybeApplied: true }),
      ),
    );
    redis.resume();
    const answers = await Promise.all(patient);
    expect(answers.map(({ verdict }) => verdict.kind)).toEqual(answers.map(() => 'won'));
    const claims = proxy.requests.filter(({ args: [name = ''] }) => /^eval/i.test(name));
    expect(new Set(claims.map(({ connection }) => connection))).toEqual(new Set([1]));
  });

  test('is asked anew over another connection, and the silent one is ended with the last answer', async () => {
    await store.reach(WITHIN);
    await redis.pause();
    const patient = claimAll(1);
    await Promise.allSettled(claimAll(20, 100));
    const next = claimAll(20);
    await expect.poll(() => proxy.connections).toBe(2);
    redis.resume();
    await Promise.all([...patient, ...next]);
    // Ours of this test, and the one that asks.
    await expect
      .poll(async () => Number((await infoOf(redis, 'clients')).connected_clients))
      .toBe(2);
  });
});

describe('waiting for events', () => {
  const waitFor = (job: string, stop = new StopSwitch()) => {
    return { stop, over: store.nextEvent(job, '0-0', 60_000, stop) };
  };

  test('takes one connection more, however many wait, as long as anybody does', async () => {
    await store.reach(WITHIN);
    const before = await connectionsOf(redis);
    const waits = Array.from({ length: 50 }, (_, i) => waitFor(`waits-${i}`));
    await untilBlocked(redis, 1);
    expect((await connectionsOf(redis)) - before).toBe(1);
    for (const { stop } of waits) stop.request();
    await Promise.all(waits.map(({ over }) => over));
    await untilBlocked(redis, 0);
    await expect
      .poll(async () => Number((await infoOf(redis, 'clients')).connected_clients))
      .toBe(2);
    await Promise.all(claimAll(1));
  });

  test('is not spoilt by a job whose history is none', async () => {
    await redis.command('SET', 'redlock-run:{spoilt}:history', 'x');
    const good = waitFor('good');
    await untilBlocked(redis, 1);
    await expect(waitFor('spoilt').over).rejects.toMatchObject({ kind: 'protocol' });
    await redis.command('XADD', 'redlock-run:{good}:history', '*', 'outcome', 'done');
    await good.over;
  });

  test('looks at each by itself, once a second, where several may not be read at once', async () => {
    const server = await startRedis({ config: { 'cluster-enabled': 'yes' } });
    await server.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    const hidden = sharedStoreAt(server.url);
    try {
      await vi.waitFor(() => hidden.reach(WITHIN), AGREEMENT);
      const stop = new StopSwitch();
      const waits = ['one', 'two'].map((job) => hidden.nextEvent(job, '0-0', 60_000, stop));
      await untilAtLeast(5, () => callsOf(server, 'xread'));
      await server.command('XADD', 'redlock-run:{two}:history', '*', 'outcome', 'done');
      await waits[1];
      stop.request();
      await waits[0];
      expect(await callsOf(server, 'xread')).toBeLessThan(15);
    } finally {
      hidden.close();
      await server.stop();
    }
  });

  test('tells each what it does not know yet, whoever came first', async () => {
    const add = () =>
      redis.command('XADD', 'redlock-run:{twice}:history', '*', 'outcome', 'done').then(String);
    const newest = await add();
    const stop = new StopSwitch();
    const knows = store.nextEvent('twice', newest, 60_000, stop);
    await untilBlocked(redis, 1);
    await waitFor('twice').over;
    stop.request();
    await knows;
  });

  test('fails where the files of TLS are gone, and the questions do not', async () => {
    const certificates = makeCertificates();
    const server = await startRedis({ tls: { certificates } });
    const redisCa = join(server.folder, 'ca.pem');
    copyFileSync(certificates.ca, redisCa);
    const target = targetOf(server.tlsUrl, { redisCa });
    const overTls = openSharedStore([target], { prefix: 'redlock-run', clock: systemClock });
    try {
      await overTls.reach(WITHIN);
      rmSync(redisCa);
      const waiting = overTls.nextEvent('job', '0-0', 60_000, new StopSwitch());
      await expect(waiting).rejects.toMatchObject({ kind: 'config' });
      await overTls.reach(WITHIN);
    } finally {
      overTls.close();
      await server.stop();
      certificates.remove();
    }
  });

  test('fails when the connection breaks, and can be begun again', async () => {
    const { over } = waitFor('broken');
    const end = expect(over).rejects.toMatchObject({ kind: 'unavailable' });
    await untilBlocked(redis, 1);
    proxy.cutAll();
    await end;
    const again = waitFor('again');
    await redis.command('XADD', 'redlock-run:{again}:history', '*', 'outcome', 'done');
    await again.over;
  });
});

describe('several masters', () => {
  let masters: Masters;
  beforeAll(async () => {
    masters = await startMasters(3);
  });
  afterAll(() => masters.stop());

  test('are asked over one connection each', async () => {
    const before = await Promise.all(masters.servers.map(connectionsOf));
    const shared = sharedStoreAt(...masters.urls);
    try {
      await Promise.all(bidsFor(100).map((bid) => shared.claim(bid, false, WITHIN)));
    } finally {
      shared.close();
    }
    const after = await Promise.all(masters.servers.map(connectionsOf));
    expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1]);
  });
});
