import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../support/certificates.js';
import { type CliOptions, cli, start } from '../../support/cli.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { historyOf } from '../../support/history.js';
import { errorsOf } from '../../support/info.js';
import { failOnLeaks } from '../../support/leaks.js';
import { leaseEnd } from '../../support/lease-end.js';
import { type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import type { RedisServer } from '../../support/redis-server.js';
import { untilAtLeast } from '../../support/until.js';

failOnLeaks();

const LOGIN = { REDIS_PASSWORD: 'cluster-secret' };
const RAN = { code: 0, stdout: 'ran\n', stderr: '' };
/** ms that a call may take beyond its --redis-timeout, on a busy machine. */
const START_UP = 8_000;

let slots = 0;
interface Call extends CliOptions {
  readonly key?: string;
  readonly url: string;
  readonly args?: readonly string[];
  readonly job?: readonly string[];
}
const words = ({ key = 'nightly', url, args = [], job = ['echo', 'ran'] }: Call) => {
  const slot = `slot-${slots++}`;
  return ['--key', key, '--slot', slot, '--redis', url, ...args, '--', ...job];
};
const call = (each: Call) => cli(words(each), { env: LOGIN, ...each });
const within = (timeout: string) => ['--redis-timeout', timeout];

describe('a cluster with a password', () => {
  let cluster: Cluster;
  let deaf: RedisProxy;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, password: LOGIN.REDIS_PASSWORD });
    deaf = await startProxy(cluster.nodes[0]?.port ?? 0, { deaf: true });
  }, 60_000);
  afterAll(async () => {
    await deaf.stop();
    await cluster.stop();
  });

  const seeds = (...ports: readonly number[]) =>
    `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join()}`;
  /** Somebody else than the one that keeps the key. */
  async function another(key: string): Promise<RedisServer> {
    const keeper = await cluster.nodeOf(`{${key}}`);
    const other = (await cluster.masters()).find((one) => one !== keeper);
    if (other === undefined) throw new Error('no other master');
    return other;
  }

  test('leads from any of its nodes to the one with the keys', async () => {
    for (const { port } of cluster.nodes)
      expect(await call({ url: seeds(port) })).toMatchObject(RAN);
    expect(await call({ url: cluster.url })).toMatchObject(RAN);
  });

  test.each(['dead', 'hung'] as const)('is found when the first seed is %s', async (how) => {
    const first = how === 'dead' ? 1 : deaf.port;
    const taken = deaf.connections;
    const [, second] = cluster.nodes;
    expect(await call({ url: seeds(first, second?.port ?? 0) })).toMatchObject(RAN);
    if (how === 'hung') expect(deaf.connections).toBeGreaterThan(taken);
  });

  test.each([
    ['speaks something else', 'HTTP/1.1 400 Bad Request\r\n\r\n', 76],
    ['refuses us', '-NOAUTH Authentication required.\r\n', 77],
  ])(
    'is found when the first seed %s, which is told when it is alone',
    async (_, replyWith, code) => {
      const [first, second] = cluster.nodes;
      const bad = await startProxy(first?.port ?? 0, { fault: () => ({ replyWith }) });
      expect(await call({ url: seeds(bad.port, second?.port ?? 0) })).toMatchObject(RAN);
      expect(bad.connections).toBeGreaterThan(0);
      expect(await call({ url: seeds(bad.port, 1) })).toMatchObject({ code, stdout: '' });
      await bad.stop();
    },
  );

  test.each(['dead', 'hung'] as const)('is an outage when every seed is %s', async (how) => {
    const other = await startProxy(1, { deaf: true });
    const url = how === 'dead' ? seeds(1, 2, 3) : seeds(deaf.port, other.port);
    const { code, stderr, ms } = await call({ url, args: within('1s') });
    expect(code).toBe(75);
    expect(stderr).toMatch(/^redlock-run: no node of the cluster answers: [^\n]+\n$/);
    expect(ms).toBeLessThan(1_000 + START_UP);
    if (how === 'hung') expect(other.connections).toBeGreaterThan(0);
    await other.stop();
  });

  test.each([
    ['the wrong password', { REDIS_PASSWORD: 'hunter2' }],
    ['none', {}],
  ])('denies a login with %s at once', async (_, env) => {
    const { code, stderr, ms } = await call({ url: cluster.url, env, args: within('1m') });
    expect(code).toBe(77);
    expect(stderr).toMatch(/password/);
    expect(stderr).not.toContain('hunter2');
    expect(ms).toBeLessThan(START_UP);
  });

  test('is not mistaken for one server: the URL is to be mended', async () => {
    const { code, stderr, stdout } = await call({ url: (await another('nightly')).url });
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/write redis\+cluster:\/\/ or rediss\+cluster:\/\/ \(MOVED/);
  });

  test('that moves a slot is waited for, and a run there goes on', async () => {
    const key = 'moving';
    const each = { key, url: cluster.url, env: LOGIN, args: [...within('30s'), '--lease', '10s'] };
    const job = ['sh', '-c', 'echo up; read -r line'];
    const slot = `slot-${slots}`;
    const holder = start(words({ ...each, job }), { env: LOGIN, openStdin: true, within: 60_000 });
    await holder.waitForOutput('up');

    const migration = await cluster.migrate(await cluster.slotOf(`{${key}}`), await another(key));
    const { from, to } = migration;
    const allow = { ...each, args: [...each.args, '--overlap', 'allow'] };
    // The job's state is here, and the counter of a new slot nowhere.
    const refused = (await errorsOf(from, 'TRYAGAIN')) + 1;
    const during = start(words(allow), { env: LOGIN, within: 60_000 });
    await untilAtLeast(refused, () => errorsOf(from, 'TRYAGAIN'));

    const keys = [await from.command('CLUSTER', 'GETKEYSINSLOT', migration.slot, 100)].flat();
    await migration.move(...keys.map(String));
    // Now all of it is there, but the slot is still given by the other.
    const sent = (await errorsOf(from, 'ASK')) + 2;
    const refusedThere = (await errorsOf(to, 'TRYAGAIN')) + 1;
    await untilAtLeast(sent, () => errorsOf(from, 'ASK'));
    await untilAtLeast(refusedThere, () => errorsOf(to, 'TRYAGAIN'));
    expect(during.stdout).toBe('');

    await migration.finish();
    expect(await during.ended).toMatchObject(RAN);
    const ends = await leaseEnd(to, key, slot);
    await untilAtLeast(ends + 1, () => leaseEnd(to, key, slot));
    expect(await call(allow)).toMatchObject(RAN);
    holder.process.stdin?.end('\n');
    expect(await holder.ended).toMatchObject({ code: 0, stderr: '' });
    const history = await historyOf(to, key);
    expect(history.at(-1)).toMatchObject({ slot, outcome: 'done' });
  }, 60_000);

  test('that does not serve all slots is an outage, in time', async () => {
    const key = 'nightly';
    await (await another(key)).kill9();
    const keeper = await cluster.nodeOf(`{${key}}`);
    await expect
      .poll(() => keeper.command('GET', `{${key}}`).catch(String), { timeout: 20_000 })
      .toContain('CLUSTERDOWN');
    const { code, stderr, ms } = await call({ url: cluster.url, args: within('1s') });
    expect(code).toBe(75);
    expect(stderr).toMatch(/CLUSTERDOWN/);
    expect(ms).toBeLessThan(1_000 + START_UP);
  });
});

test('a cluster over TLS leads over TLS to the node with the keys', async () => {
  const certificates = makeCertificates();
  const cluster = await startCluster({
    replicas: 0,
    password: LOGIN.REDIS_PASSWORD,
    tls: { certificates },
  });
  const trust = ['--redis-ca', certificates.ca];
  for (const { tlsPort } of cluster.nodes) {
    const url = `rediss+cluster://127.0.0.1:${tlsPort}`;
    expect(await call({ url, args: trust })).toMatchObject(RAN);
    expect(await call({ url })).toMatchObject({ code: 78, stdout: '' });
  }
  await cluster.stop();
  certificates.remove();
});
