import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates } from './certificates.js';
import { failOnLeaks } from './leaks.js';
import { connectRedis } from './redis-client.js';
import { type SentinelSet, startSentinels } from './sentinels.js';

failOnLeaks();

let set: SentinelSet;

describe('three Sentinels', () => {
  beforeEach(async () => {
    set = await startSentinels();
  });
  afterEach(() => set.stop());

  test('know the master, and are known by their URL', async () => {
    const ports = set.sentinels.map(({ port }) => `127.0.0.1:${port}`);
    expect(set.url).toBe(`redis+sentinel://${ports[0]},${ports[1]},${ports[2]}/mymaster`);
    const master = await set.master();
    expect(await master.command('SET', 'a', 1)).toBe('OK');
    expect(await master.command('WAIT', 2, 1_000)).toBe(2);
    expect(await set.replicas()).toHaveLength(2);
  });

  test.each(['kill9', 'pause'] as const)('name another master after %s', async (how) => {
    const before = await set.master();
    await before.command('SET', 'a', 1);
    expect(await before.command('WAIT', 2, 1_000)).toBe(2);
    const after = await set.failover(how);
    expect(after.port).not.toBe(before.port);
    expect(before.isAwake).toBe(false);
    expect(await after.command('GET', 'a')).toBe('1');
    expect(await after.command('SET', 'a', 2)).toBe('OK');

    if (how === 'pause') before.resume();
    else await before.restart();
    await set.settled();
    expect(await before.command('GET', 'a')).toBe('2');
  });

  test('lose a write with a failover when the replicas were cut off', async () => {
    const before = await set.master();
    await set.cutOff();
    expect(await before.command('SET', 'a', 1)).toBe('OK');
    const after = await set.failover();
    expect(await after.command('GET', 'a')).toBe(null);
  });

  test('elect with one of them dead, and not with two', async () => {
    const [one, two, three] = set.sentinels;
    await one?.kill9();
    await set.failover();
    await two?.pause();
    const quorum = () => three?.command('SENTINEL', 'CKQUORUM', 'mymaster').catch(String);
    await expect.poll(quorum, { timeout: 5_000 }).toContain('NOQUORUM');
    two?.resume();
    await set.settled();
  });
});

test('passwords and TLS are asked for by servers and Sentinels, which fail over all the same', async () => {
  const certificates = makeCertificates();
  const secrets = { password: 'data secret', sentinelPassword: 'other secret' };
  set = await startSentinels({ ...secrets, tls: { certificates } });
  const tls = { ca: readFileSync(certificates.ca) };
  const [sentinel] = set.sentinels;
  if (sentinel === undefined) throw new Error('no Sentinel');
  expect(set.url).toMatch(`rediss+sentinel://127.0.0.1:${sentinel.tlsPort},`);

  const strangers = await connectRedis(sentinel.tlsPort, { tls });
  const ask = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'] as const;
  await expect(strangers.command(...ask)).rejects.toThrow('NOAUTH');
  expect(await strangers.command('AUTH', secrets.sentinelPassword)).toBe('OK');
  const master = await set.failover();
  expect(await strangers.command(...ask)).toEqual(['127.0.0.1', String(master.tlsPort)]);
  strangers.close();

  const login = { password: secrets.password };
  const client = await connectRedis(master.tlsPort, { login, tls });
  expect(await client.command('SET', 'a', 1)).toBe('OK');
  client.close();
  await set.stop();
  certificates.remove();
});
