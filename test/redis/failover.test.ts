import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askUntilAnswered } from '../../src/core/ask-again.js';
import type { ClaimStore } from '../../src/core/claim.js';
import { systemClock } from '../../src/system-clock.js';
import { BID } from '../support/bid.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Proxy as RedisProxy, startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

const WITHIN = 5_000;

let old: RedisServer;
let promoted: RedisServer;
/** A name that moves, as ElastiCache's primary endpoint does. */
let endpoint: RedisProxy;
let store: ClaimStore;

beforeEach(async () => {
  [old, promoted] = await Promise.all([startRedis(), startRedis()]);
  endpoint = await startProxy(old.port);
  store = storeAt(endpoint.url);
});
afterEach(async () => {
  store.close();
  await endpoint.stop();
  await Promise.all([old.stop(), promoted.stop()]);
});

const patiently = <T>(ask: (within: number, again: boolean) => Promise<T>) =>
  askUntilAnswered({ within: WITHIN, clock: systemClock }, ask);

describe('an endpoint that moves in a failover', () => {
  test('is found again by a connection that has become one to a replica', async () => {
    const { verdict } = await store.claim(BID, false, WITHIN);
    if (verdict.kind !== 'won') throw new Error(verdict.kind);
    await old.command('REPLICAOF', '127.0.0.1', promoted.port);
    endpoint.leadTo(promoted.port);
    expect(await patiently((ms) => store.renew(verdict.run, ms))).toBe('restated');
    expect(await promoted.command('EXISTS', 'redlock-run:{nightly}:state')).toBe(1);
    expect(endpoint.connections).toBeGreaterThan(1);
  });

  test('is waited for, as long as it still leads to the replica', async () => {
    await old.command('REPLICAOF', '127.0.0.1', promoted.port);
    const claim = patiently((ms, again) => store.claim(BID, again, ms));
    await endpoint.seen(2);
    endpoint.leadTo(promoted.port);
    expect(await claim).toMatchObject({ verdict: { kind: 'won' } });
    expect(await promoted.command('EXISTS', 'redlock-run:{nightly}:state')).toBe(1);
  });
});
