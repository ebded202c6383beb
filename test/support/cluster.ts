import { expect, vi } from 'vitest';
import { joinCluster } from './cluster-join.js';
import { isLiveMaster, type Member, ownerOf, viewOf } from './cluster-view.js';
import { clusterInfoOf } from './info.js';
import type { Config, RedisOptions, RedisServer, ServerTls } from './redis-server.js';
import { cutOff, FAST_REPLICATION, inSync } from './replication.js';
import { AGREEMENT, orStop, startServers, stopServers } from './server-group.js';
import { beginMigration, type SlotMigration } from './slot-migration.js';

export interface ClusterOptions {
  /** 3 unless given, which is the least that can elect. */
  readonly masters?: number;
  /** Of each master; 1 unless given. */
  readonly replicas?: number;
  readonly password?: string;
  /** For clients and between the nodes. */
  readonly tls?: ServerTls;
  /** More directives of the nodes. */
  readonly config?: Config;
}

/** A Redis Cluster of our own. */
export interface Cluster {
  /** `redis+cluster://` (over TLS `rediss+cluster://`): the masters of the beginning, no password. */
  readonly url: string;
  /** All nodes, the masters of the beginning first. */
  readonly nodes: readonly RedisServer[];
  slotOf(key: string): Promise<number>;
  /** The master that serves a key. */
  nodeOf(key: string): Promise<RedisServer>;
  /** Those that are not known to be dead. */
  masters(): Promise<readonly RedisServer[]>;
  /** Of this master, now, dead ones too. */
  replicasOf(master: RedisServer): Promise<readonly RedisServer[]>;
  /** Waits until all that are awake agree, serve every slot, and the replicas have all. */
  settled(): Promise<void>;
  /** What this master is told from now on is lost with a failover: see replication.ts. */
  cutOff(master: RedisServer): Promise<void>;
  /**
   * Takes a master away, wakes its replicas, and waits until all nodes that are awake know which one took
   * over and are fine; it takes about three seconds.
   */
  failover(master: RedisServer, how?: 'kill9' | 'pause'): Promise<RedisServer>;
  /** Kills a master with its replicas, and waits until the other nodes answer CLUSTERDOWN. */
  killShard(master: RedisServer): Promise<void>;
  /** Begins to move a slot from where it is. */
  migrate(slot: number, to: RedisServer): Promise<SlotMigration>;
  stop(): Promise<void>;
}

/** ms without an answer after which a node finds another one dead. */
const NODE_TIMEOUT = '1500';

/** Starts a cluster and waits until every node agrees that it is fine. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { masters = 3, replicas = 1, tls } = options;
  const each = nodeOptions(options);
  const nodes = await startServers(Array.from({ length: masters * (1 + replicas) }, () => each));
  return orStop(nodes, async () => {
    const members = await Promise.all(
      nodes.map(async (server) => ({
        server,
        id: String(await server.command('CLUSTER', 'MYID')),
        port: tls ? server.tlsPort : server.port,
      })),
    );
    await joinCluster(members, masters);
    const hosts = members.slice(0, masters).map(({ port }) => `127.0.0.1:${port}`);
    const url = `${tls ? 'rediss' : 'redis'}+cluster://${hosts.join()}`;
    const cluster = clusterOf(members, url, options.password);
    await cluster.settled();
    return cluster;
  });
}

function nodeOptions({ password, tls, config: more }: ClusterOptions): RedisOptions {
  const config = {
    ...FAST_REPLICATION,
    'cluster-enabled': 'yes',
    'cluster-node-timeout': NODE_TIMEOUT,
    // However long a test held a replica back, it may take over; and each stays with its master.
    'cluster-replica-validity-factor': '0',
    'cluster-allow-replica-migration': 'no',
    ...(password !== undefined && { requirepass: password, masterauth: password }),
    ...more,
  };
  if (tls === undefined) return { config };
  return { config: { ...config, 'tls-cluster': 'yes', 'tls-replication': 'yes' }, tls };
}

function clusterOf(members: readonly Member[], url: string, password?: string): Cluster {
  const nodes = members.map(({ server }) => server);
  const awake = () => nodes.filter(({ isAwake }) => isAwake);
  /** Whom to ask. */
  const anyone = () => {
    const [first] = awake();
    if (first === undefined) throw new Error('no node is awake');
    return first;
  };
  const find = (what: string, isIt: (member: Member) => boolean) => {
    const found = members.find(isIt);
    if (found === undefined) throw new Error(`${what} is not of this cluster`);
    return found;
  };
  const memberOf = (server: RedisServer) =>
    find(`the server on ${server.port}`, (member) => member.server === server);
  const serverOf = ({ id }: { readonly id: string }) =>
    find(`node ${id}`, (member) => member.id === id).server;
  const ownerSeenBy = async (server: RedisServer, slot: number) =>
    serverOf(ownerOf(slot, await viewOf(server)));
  const expectState = async (expected: 'ok' | 'fail') => {
    for (const server of awake()) {
      const info = await clusterInfoOf(server);
      expect(info.cluster_state, `the cluster for ${server.port}`).toBe(expected);
    }
  };

  const cluster: Cluster = {
    url,
    nodes,
    slotOf: async (key) => Number(await anyone().command('CLUSTER', 'KEYSLOT', key)),
    nodeOf: async (key) => ownerSeenBy(anyone(), await cluster.slotOf(key)),
    masters: async () => (await viewOf(anyone())).filter(isLiveMaster).map(serverOf),
    async replicasOf(master) {
      const { id } = memberOf(master);
      return (await viewOf(anyone())).filter((node) => node.master === id).map(serverOf);
    },
    settled: () =>
      vi.waitFor(async () => {
        const view = await viewOf(anyone());
        expect(view).toHaveLength(nodes.length);
        for (const node of view.filter((one) => serverOf(one).isAwake)) {
          expect(node.flags.join(), `flags of ${node.id}`).toMatch(/^(master|slave)$/);
        }
        for (const server of awake()) {
          expect(await viewOf(server), `the view of ${server.port}`).toEqual(view);
        }
        await expectState('ok');
        for (const master of await cluster.masters()) {
          const replicas = await cluster.replicasOf(master);
          await inSync(
            master,
            replicas.filter(({ isAwake }) => isAwake),
          );
        }
      }, AGREEMENT),
    async cutOff(master) {
      await cutOff(master, await cluster.replicasOf(master));
    },
    async failover(master, how = 'kill9') {
      const { id } = memberOf(master);
      const slot = (await viewOf(anyone())).find((node) => node.id === id)?.slots[0]?.[0];
      if (slot === undefined) throw new Error(`${master.port} serves no slot`);
      const heirs = await cluster.replicasOf(master);
      await master[how]();
      for (const heir of heirs) heir.resume();
      return vi.waitFor(async () => {
        const heir = await ownerSeenBy(anyone(), slot);
        expect(heirs.map(({ port }) => port)).toContain(heir.port);
        for (const server of awake()) {
          expect((await ownerSeenBy(server, slot)).port, `for ${server.port}`).toBe(heir.port);
        }
        await expectState('ok');
        return heir;
      }, AGREEMENT);
    },
    async killShard(master) {
      const servers = [master, ...(await cluster.replicasOf(master))];
      await Promise.all(servers.map((server) => server.kill9()));
      await vi.waitFor(() => expectState('fail'), AGREEMENT);
    },
    async migrate(slot, to) {
      const from = await ownerSeenBy(anyone(), slot);
      return beginMigration(slot, memberOf(from), memberOf(to), password);
    },
    stop: () => stopServers(nodes),
  };
  return cluster;
}
