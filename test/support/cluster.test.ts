import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates } from './certificates.js';
import { type Cluster, startCluster } from './cluster.js';
import { failOnLeaks } from './leaks.js';
import { connectRedis } from './redis-client.js';
import type { RedisServer } from './redis-server.js';

failOnLeaks();

let cluster: Cluster;

/** The answer, an error in words. */
const ask = (server: RedisServer, ...args: readonly (string | number)[]) =>
  server.command(...args).catch(String);

/** A master that does not serve the key. */
async function another(key: string): Promise<RedisServer> {
  const owner = await cluster.nodeOf(key);
  const found = (await cluster.masters()).find((master) => master !== owner);
  if (found === undefined) throw new Error('no other master');
  return found;
}

describe('six nodes', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  test('are three masters with a replica each, known by their URL', async () => {
    const masters = await cluster.masters();
    const hosts = cluster.nodes.slice(0, 3).map(({ port }) => `127.0.0.1:${port}`);
    expect(cluster.url).toBe(`redis+cluster://${hosts.join()}`);
    expect(new Set(masters)).toEqual(new Set(cluster.nodes.slice(0, 3)));
    for (const master of masters) {
      expect(await cluster.replicasOf(master)).toHaveLength(1);
      expect(await master.command('WAIT', 1, 1_000)).toBe(1);
    }
  });

  test('serve a key in one place', async () => {
    const [owner, other] = [await cluster.nodeOf('a'), await another('a')];
    expect(await ask(owner, 'SET', 'a', 1)).toBe('OK');
    expect(await ask(other, 'SET', 'a', 1)).toContain(`MOVED 15495 127.0.0.1:${owner.port}`);
    expect(await ask(owner, 'MSET', 'a', 1, 'b', 2)).toContain('CROSSSLOT');
  });

  test('move a slot: ASK, TRYAGAIN, and MOVED in the end', async () => {
    const [from, to] = [await cluster.nodeOf('{x}1'), await another('{x}1')];
    await from.command('MSET', '{x}1', 1, '{x}2', 2);
    const migration = await cluster.migrate(await cluster.slotOf('{x}1'), to);
    expect(migration).toMatchObject({ from, to });
    expect(await ask(from, 'GET', '{x}1')).toBe('1');
    expect(await ask(from, 'GET', '{x}3')).toContain(`ASK ${migration.slot} 127.0.0.1:${to.port}`);

    await migration.move('{x}1');
    expect(await ask(from, 'GET', '{x}1')).toContain('ASK');
    expect(await ask(to, 'GET', '{x}1')).toContain('MOVED');
    await to.command('ASKING');
    expect(await ask(to, 'GET', '{x}1')).toBe('1');
    await to.command('ASKING');
    expect(await ask(to, 'MGET', '{x}1', '{x}2')).toContain('TRYAGAIN');

    await migration.finish();
    expect(await ask(from, 'GET', '{x}1')).toContain(`MOVED ${migration.slot}`);
    expect(await ask(to, 'MGET', '{x}1', '{x}2')).toEqual(['1', '2']);
    await cluster.settled();
    expect(await cluster.nodeOf('{x}1')).toBe(to);
  });
});

describe('a cluster', () => {
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  test('puts a replica in the place of a dead master, and of a paused one', async () => {
    for (const how of ['kill9', 'pause'] as const) {
      const master = await cluster.nodeOf('a');
      await master.command('SET', 'a', how);
      await cluster.settled();
      const heir = await cluster.failover(master, how);
      expect(await cluster.nodeOf('a')).toBe(heir);
      expect(await heir.command('GET', 'a')).toBe(how);
      expect(await heir.command('SET', 'a', 2)).toBe('OK');
      if (how === 'kill9') await master.restart();
      else master.resume();
      await cluster.settled();
      expect(await cluster.replicasOf(heir)).toEqual([master]);
    }
  });

  test('loses a write with a failover when the replica was cut off', async () => {
    const master = await cluster.nodeOf('a');
    await cluster.cutOff(master);
    expect(await master.command('SET', 'a', 1)).toBe('OK');
    const heir = await cluster.failover(master);
    expect(await heir.command('GET', 'a')).toBe(null);
  });

  test('is down when a master and its replica are dead', async () => {
    const other = await another('a');
    await cluster.killShard(await cluster.nodeOf('a'));
    expect(await ask(other, 'GET', 'a')).toContain('CLUSTERDOWN');
  });
});

test('a cluster with a password speaks TLS, between its nodes as well', async () => {
  const certificates = makeCertificates();
  const password = 'secret';
  cluster = await startCluster({ password, tls: { certificates } });
  const [from, to] = [await cluster.nodeOf('a'), await another('a')];
  expect(cluster.url).toMatch(`rediss+cluster://127.0.0.1:${cluster.nodes[0]?.tlsPort},`);

  const tls = { ca: readFileSync(certificates.ca) };
  const client = await connectRedis(from.tlsPort, { login: { password }, tls });
  expect(await client.command('SET', 'a', 1)).toBe('OK');
  const migration = await cluster.migrate(await cluster.slotOf('a'), to);
  await migration.finish();
  await expect(client.command('GET', 'a')).rejects.toThrow(`127.0.0.1:${to.tlsPort}`);
  expect(await to.command('GET', 'a')).toBe('1');
  client.close();
  await cluster.stop();
  certificates.remove();
});
