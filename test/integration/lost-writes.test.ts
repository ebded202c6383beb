import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startCluster } from '../support/cluster.js';
import { endings, type Fleet, KEY, newFleet } from '../support/fleet.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { startReplicas } from '../support/replicas.js';
import { cutOff, inSync } from '../support/replication.js';
import { startSentinels } from '../support/sentinels.js';
import { AGREEMENT, stopServers } from '../support/server-group.js';

failOnLeaks();

let fleet: Fleet;
beforeAll(() => {
  fleet = newFleet();
});
afterAll(() => fleet.remove());

/** A master with replicas, which it does not wait for by itself. */
interface Stage {
  url(): string;
  master(): Promise<RedisServer>;
  /** What the master is told from now on reaches no replica. */
  cutOff(): Promise<void>;
  /** Nobody fails over while a master that holds writes back looks dead. */
  undisturbed(act: () => Promise<void>): Promise<void>;
  /** Kills the master, has a replica promoted, and makes the old master its replica. */
  failover(): Promise<void>;
  stop(): Promise<void>;
}

async function byHand(): Promise<Stage> {
  let master = await startRedis();
  const set = await startReplicas(master, 1);
  let [replica = master] = set.replicas;
  return {
    url: () => master.url,
    master: async () => master,
    cutOff: () => cutOff(master, [replica]),
    undisturbed: (act) => act(),
    async failover() {
      await master.kill9();
      replica.resume();
      [master, replica] = [replica, master];
      await set.promote(master);
      await replica.restart();
      await replica.command('REPLICAOF', '127.0.0.1', master.port);
      await inSync(master, [replica]);
    },
    stop: () => stopServers([master, replica]),
  };
}

async function bySentinels(): Promise<Stage> {
  const set = await startSentinels({ replicas: 1 });
  return {
    ...set,
    url: () => set.url,
    undisturbed: (act) => set.withoutQuorum(act),
    async failover() {
      const before = await set.master();
      await set.failover();
      await before.restart();
      await set.settled();
    },
  };
}

async function byCluster(): Promise<Stage> {
  const cluster = await startCluster();
  const master = () => cluster.nodeOf(`{${KEY}}`);
  return {
    ...cluster,
    url: () => cluster.url,
    master,
    cutOff: async () => cluster.cutOff(await master()),
    undisturbed: (act) => act(),
    async failover() {
      const before = await master();
      await cluster.failover(before);
      await before.restart();
      await cluster.settled();
    },
  };
}

const isClaimedAt = async (server: RedisServer, slot: string) =>
  (await server.command('EXISTS', `redlock-run:{${KEY}}:run:${slot}`)) === 1;

/** A node wins a slot on a master that dies before any replica has heard of it; then another one bids. */
async function loseClaim(stage: Stage, slot: string): Promise<void> {
  await stage.cutOff();
  const first = fleet.node('first', slot, { urls: [stage.url()] });
  expect(await endings([first])).toEqual([[0, '']]);
  await stage.failover();
  expect(await isClaimedAt(await stage.master(), slot)).toBe(false);
  const second = fleet.node('second', slot, { urls: [stage.url()] });
  expect(await endings([second])).toEqual([[0, '']]);
}

/** The same with `--replicas 1`: the replicas are there until the very moment of the claim. */
async function loseUnconfirmedClaim(stage: Stage, slot: string): Promise<void> {
  const args = ['--replicas', '1', '--redis-timeout', '3s', '--replicas-timeout', '300ms'];
  const master = await stage.master();
  await stage.undisturbed(async () => {
    await master.command('CLIENT', 'PAUSE', 30_000, 'WRITE');
    const first = fleet.node('first', slot, { urls: [stage.url()], args });
    await vi.waitFor(async () => {
      expect(await master.command('CLIENT', 'LIST')).toContain(' cmd=eval ');
    }, AGREEMENT);
    await stage.cutOff();
    await master.command('CLIENT', 'UNPAUSE');
    const [[code, stderr] = []] = await endings([first]);
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /^redlock-run: Redis at .* 0 of the 1 replicas that --replicas asks for\n$/,
    );
  });
  expect(await isClaimedAt(master, slot)).toBe(true);
  await stage.failover();
  expect(await isClaimedAt(await stage.master(), slot)).toBe(false);
  const second = fleet.node('second', slot, { urls: [stage.url()], args });
  expect(await endings([second])).toEqual([[0, '']]);
}

const ranOn = (slot: string) => fleet.begun(slot).map(({ node }) => node);

const STAGES = {
  'by-hand-1': byHand,
  'by-hand-2': byHand,
  'by-hand-3': byHand,
  'by-hand-4': byHand,
  'by-hand-5': byHand,
  'by-sentinels': bySentinels,
  'by-a-cluster': byCluster,
};

describe('a replica without the claim, promoted by hand, by Sentinels or by a cluster,', () => {
  let stages: readonly (readonly [string, Stage])[];
  beforeAll(async () => {
    const opening = Object.entries(STAGES).map(async ([how, open]) => [how, await open()] as const);
    stages = await Promise.all(opening);
  }, 60_000);
  afterAll(() => Promise.all(stages.map(([, stage]) => stage.stop())));

  test('gives a slot to two nodes', async () => {
    await Promise.all(stages.map(([how, stage]) => loseClaim(stage, `lost-${how}`)));
    const ran = stages.map(([how]) => ranOn(`lost-${how}`));
    expect(ran).toEqual(stages.map(() => ['first', 'second']));
  }, 60_000);

  test('gives it to one node with --replicas 1: the first was not told that it won', async () => {
    await Promise.all(stages.map(([how, stage]) => loseUnconfirmedClaim(stage, `kept-${how}`)));
    const ran = stages.map(([how]) => ranOn(`kept-${how}`));
    expect(ran).toEqual(stages.map(() => ['second']));
  }, 60_000);
});
