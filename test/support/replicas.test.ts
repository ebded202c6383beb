import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failOnLeaks } from './leaks.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { type ReplicaSet, startReplicas } from './replicas.js';

failOnLeaks();

let master: RedisServer;
let set: ReplicaSet;
const everywhere = (...args: readonly (string | number)[]) =>
  Promise.all(set.replicas.map((replica) => replica.command(...args)));

describe('two replicas', () => {
  beforeAll(async () => {
    master = await startRedis();
    await master.command('SET', 'a', 'before');
    set = await startReplicas(master, 2);
  });
  afterAll(async () => {
    await set.stop();
    await master.stop();
  });

  test('have what their master has, from the start on', async () => {
    expect(await everywhere('GET', 'a')).toEqual(['before', 'before']);
    await master.command('SET', 'a', 'after');
    expect(await master.command('WAIT', 2, 1_000)).toBe(2);
    await set.inSync();
    expect(await everywhere('GET', 'a')).toEqual(['after', 'after']);
    await expect(everywhere('SET', 'a', 1)).rejects.toThrow('READONLY');
  });

  test('acknowledge nothing while one is paused', async () => {
    const [one] = set.replicas;
    await one?.pause();
    await master.command('SET', 'b', 1);
    expect(await master.command('WAIT', 2, 100)).toBe(1);
    one?.resume();
    await set.inSync();
    expect(await everywhere('GET', 'b')).toEqual(['1', '1']);
  });
});

describe('a failover', () => {
  beforeEach(async () => {
    master = await startRedis();
    set = await startReplicas(master, 1);
  });
  afterEach(async () => {
    await set.stop();
    await master.stop();
  });

  /** The master dies, its replica takes over. */
  const failOver = async () => {
    await master.kill9();
    const [heir] = set.replicas;
    if (heir === undefined) throw new Error('no replica');
    heir.resume();
    await set.promote(heir);
    return heir;
  };

  test('keeps a write that was replicated', async () => {
    await master.command('SET', 'a', 1);
    await set.inSync();
    const heir = await failOver();
    expect(await heir.command('GET', 'a')).toBe('1');
    expect(await heir.command('SET', 'b', 1)).toBe('OK');
  });

  test('loses a write that the master said OK to when the replica was cut off', async () => {
    await set.cutOff();
    expect(await master.command('SET', 'a', 1)).toBe('OK');
    expect(await master.command('WAIT', 1, 50)).toBe(0);
    const heir = await failOver();
    expect(await heir.command('GET', 'a')).toBe(null);
  });

  test('that does not come leaves a replica that was cut off in sync again', async () => {
    await set.cutOff();
    await master.command('SET', 'a', 1);
    for (const replica of set.replicas) replica.resume();
    await set.inSync();
    expect(await everywhere('GET', 'a')).toEqual(['1']);
  });
});

test('replicas need the password of their master', async () => {
  const config = { requirepass: 'secret', masterauth: 'secret' };
  master = await startRedis({ config });
  set = await startReplicas(master, 1, { config });
  await master.command('SET', 'a', 1);
  await set.inSync();
  expect(await everywhere('GET', 'a')).toEqual(['1']);
  await set.stop();
  await master.stop();
});
