import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates } from '../support/certificates.js';
import { endings, type Fleet, KEY, newFleet } from '../support/fleet.js';
import { failOnLeaks } from '../support/leaks.js';
import { leaseEnd } from '../support/lease-end.js';
import { type Masters, startMasters } from '../support/masters.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { startSentinels } from '../support/sentinels.js';
import { untilAtLeast } from '../support/until.js';

failOnLeaks();

const SILENT = [0, ''] as const;

let fleet: Fleet;
beforeEach(() => {
  fleet = newFleet();
});
afterEach(() => fleet.remove());

describe('of five masters', () => {
  let masters: Masters;
  /** In the order in which they are asked. */
  let servers: readonly RedisServer[];
  /** Of its own for every test: a master that wakes executes what it was asked in the one before. */
  let slot: string;
  beforeAll(async () => {
    masters = await startMasters(5);
    servers = masters.servers.toSorted((a, b) => (a.url < b.url ? -1 : 1));
  });
  afterAll(() => masters.stop());
  beforeEach(() => {
    slot = randomUUID();
  });
  afterEach(async () => {
    for (const server of servers) {
      server.resume();
      if (!server.isAwake) await server.restart();
    }
  });

  const fault = {
    dead: (server: RedisServer) => server.kill9(),
    hung: (server: RedisServer) => server.pause(),
    'restarted empty': (server: RedisServer) => server.restart(),
  };
  const without = (how: keyof typeof fault, count: number) =>
    Promise.all(servers.slice(0, count).map((server) => fault[how](server)));

  test('all are there: of 20 nodes one runs', async () => {
    const nodes = fleet.nodes(20, slot, { urls: masters.urls });
    expect(await endings(nodes)).toEqual(nodes.map(() => SILENT));
    expect(fleet.begun(slot)).toMatchObject([{ rank: 1, attempt: 1 }]);
  });

  test.each([
    ['dead', 1],
    ['dead', 2],
    ['hung', 1],
    ['hung', 2],
    ['restarted empty', 1],
    ['restarted empty', 2],
  ] as const)('%s are %i: of 6 nodes one runs, and a late one does not', async (how, count) => {
    const options = { urls: masters.urls, args: ['--redis-timeout', '10s'] };
    if (how !== 'restarted empty') await without(how, count);
    const nodes = fleet.nodes(6, slot, options);
    expect(await endings(nodes)).toEqual(nodes.map(() => SILENT));
    if (how === 'restarted empty') await without(how, count);
    expect(await endings([fleet.node('late', slot, options)])).toEqual([SILENT]);
    expect(fleet.begun(slot)).toHaveLength(1);
  });

  test.each([
    ['dead', 1],
    ['hung', 2],
    ['restarted empty', 2],
  ] as const)(
    '%s are %i during a run: it goes on, and they hear of it again',
    async (how, count) => {
      const args = ['--lease', '3s', '--redis-timeout', '10s'];
      const options = { urls: masters.urls, args };
      const holder = fleet.node('holder', slot, { ...options, lasts: true });
      await fleet.untilBegun(slot, 1);
      await without(how, count);
      expect(await endings([fleet.node('late', slot, options)])).toEqual([SILENT]);
      const [first, last] = [servers[0], servers[4]];
      if (first === undefined || last === undefined) throw new Error('no masters');
      const ends = await leaseEnd(last, KEY, slot);
      // Longer than a lease, so that those which hung have lost it.
      await untilAtLeast(ends + 3_000, () => leaseEnd(last, KEY, slot));
      if (how === 'hung') for (const server of servers) server.resume();
      if (how === 'dead') await first.restart();
      await untilAtLeast(Date.now(), () => leaseEnd(first, KEY, slot));
      holder.process.stdin?.end('\n');
      expect(await endings([holder])).toEqual([SILENT]);
      expect(fleet.begun(slot)).toMatchObject([{ node: 'holder' }]);
    },
  );

  test.each(['dead', 'hung'] as const)(
    '%s are three: nothing runs, exit 75 in time',
    async (how) => {
      await without(how, 3);
      const args = ['--redis-timeout', '2s'];
      const nodes = fleet.nodes(2, slot, { urls: masters.urls, args });
      for (const { ended } of nodes) {
        const { code, stderr, ms } = await ended;
        expect([code, stderr]).toEqual([
          75,
          expect.stringMatching(/^redlock-run: no majority of the 5 Redis masters: [^\n]+\n$/),
        ]);
        expect(ms).toBeLessThan(12_000);
      }
      expect(fleet.begun(slot)).toEqual([]);
    },
  );

  test('three winners are three, of three ranks, although two masters are hung', async () => {
    await without('hung', 2);
    const args = ['--winners', '3', '--redis-timeout', '20s'];
    const nodes = fleet.nodes(8, slot, { urls: masters.urls, args });
    expect(await endings(nodes)).toEqual(nodes.map(() => SILENT));
    expect(
      fleet
        .begun(slot)
        .map(({ rank }) => rank)
        .sort(),
    ).toEqual([1, 2, 3]);
    expect(new Set(fleet.begun(slot).map(({ node }) => node)).size).toBe(3);
  });

  test('a standby takes over from a winner that died, although one of them has died, too', async () => {
    const args = ['--lease', '2s', '--takeover', '--redis-timeout', '10s'];
    const options = { urls: masters.urls, args };
    const winner = fleet.node('winner', slot, { ...options, lasts: true });
    await fleet.untilBegun(slot, 1);
    const standbys = fleet.nodes(3, slot, options);
    await servers[0]?.kill9();
    winner.kill('SIGKILL');
    expect(await endings(standbys)).toEqual(standbys.map(() => SILENT));
    const [first, second, ...more] = fleet.begun(slot);
    expect([first?.attempt, second?.attempt, more]).toEqual([1, 2, []]);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
    // Its job goes on as an orphan.
    winner.process.stdin?.end('\n');
    expect((await winner.ended).signal).toBe('SIGKILL');
  });
});

test('masters may be Sentinels, a server over TLS and a socket', async () => {
  const certificates = makeCertificates();
  const [set, secure, local] = await Promise.all([
    startSentinels({ replicas: 1, sentinels: 1, quorum: 1 }),
    startRedis({ tls: { certificates } }),
    startRedis({ config: { unixsocket: 'redis.sock' } }),
  ]);
  const urls = [set.url, secure.tlsUrl, `unix://${join(local.folder, 'redis.sock')}`];
  const args = ['--redis-ca', certificates.ca, '--lease', '3s', '--redis-timeout', '20s'];
  const options = { urls, args };
  const nodes = fleet.nodes(4, 'one', options);
  expect(await endings(nodes)).toEqual(nodes.map(() => SILENT));
  expect(fleet.begun('one')).toHaveLength(1);

  // Any two of the three decide.
  await secure.kill9();
  expect(await endings([fleet.node('late', 'one', options)])).toEqual([SILENT]);
  expect(await endings(fleet.nodes(2, 'two', options))).toEqual([SILENT, SILENT]);
  expect([fleet.begun('one').length, fleet.begun('two').length]).toEqual([1, 1]);
  await Promise.all([set.stop(), secure.stop(), local.stop()]);
  certificates.remove();
});
