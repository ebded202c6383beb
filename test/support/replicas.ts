import type { RedisOptions, RedisServer } from './redis-server.js';
import { cutOff, FAST_REPLICATION, inSync } from './replication.js';
import { orStop, startServers, stopServers } from './server-group.js';

/** Replicas of one master; nobody promotes them but the test. */
export interface ReplicaSet {
  readonly replicas: readonly RedisServer[];
  /** Waits until the replicas have all that the master has. */
  inSync(): Promise<void>;
  /** What the master is told from now on is lost when it dies before they resume: see replication.ts. */
  cutOff(): Promise<void>;
  /** Makes one a master of its own. */
  promote(replica: RedisServer): Promise<void>;
  /** Ends the replicas; the master goes on. */
  stop(): Promise<void>;
}

/**
 * Starts replicas of a server and waits until they are in sync.
 *
 * @param options of each replica, e.g. `{ config: { masterauth: 'x', requirepass: 'x' } }`
 */
export async function startReplicas(
  master: RedisServer,
  count: number,
  options: RedisOptions = {},
): Promise<ReplicaSet> {
  // Without it the master waits five seconds for others to come.
  await master.command('CONFIG', 'SET', ...Object.entries(FAST_REPLICATION).flat());
  const config = {
    ...FAST_REPLICATION,
    replicaof: ['127.0.0.1', String(options.tls ? master.tlsPort : master.port)],
    ...(options.tls && { 'tls-replication': 'yes' }),
    ...options.config,
  };
  const replicas = await startServers(
    Array.from({ length: count }, () => ({ ...options, config })),
  );
  await orStop(replicas, () => inSync(master, replicas));
  return {
    replicas,
    inSync: () => inSync(master, replicas),
    cutOff: () => cutOff(master, replicas),
    async promote(replica) {
      await replica.command('REPLICAOF', 'NO', 'ONE');
    },
    stop: () => stopServers(replicas),
  };
}
