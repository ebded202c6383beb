import { expect, vi } from 'vitest';
import { recordOf } from './record.js';
import {
  type Config,
  type RedisOptions,
  type RedisServer,
  type ServerTls,
  startRedis,
} from './redis-server.js';
import { startReplicas } from './replicas.js';
import { cutOff, inSync } from './replication.js';
import { AGREEMENT, orStop, startServers, stopServers } from './server-group.js';

export interface SentinelOptions {
  /** Beside the master; 2 unless given. */
  readonly replicas?: number;
  /** 3 unless given. */
  readonly sentinels?: number;
  /** How many must find the master down; 2 unless given. */
  readonly quorum?: number;
  /** Of the data servers. */
  readonly password?: string;
  readonly sentinelPassword?: string;
  /** For data servers and Sentinels, between them as well. */
  readonly tls?: ServerTls;
  /** More directives of the data servers, and of the Sentinels. */
  readonly config?: Config;
  readonly sentinelConfig?: Config;
}

/** A master, its replicas, and the Sentinels that watch them. */
export interface SentinelSet {
  /** `redis+sentinel://` (over TLS `rediss+sentinel://`), all Sentinels, without passwords. */
  readonly url: string;
  /** By which the Sentinels know the master. */
  readonly name: string;
  /** Those with data, whatever their role. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** Which server the Sentinels name. */
  master(): Promise<RedisServer>;
  /** The others that are awake. */
  replicas(): Promise<readonly RedisServer[]>;
  /** Waits until all that are awake agree on everything and the replicas have all that the master has. */
  settled(): Promise<void>;
  /** What the master is told from now on is lost with a failover: see replication.ts. */
  cutOff(): Promise<void>;
  /**
   * Takes the master away, wakes the replicas, and waits until all Sentinels that are awake name a new
   * one that takes writes; it takes about three seconds.
   */
  failover(how?: 'kill9' | 'pause'): Promise<RedisServer>;
  /**
   * No failover begins before `act` is done: all Sentinels but one stand still, and one is no quorum.
   *
   * @param act is given the one that is awake
   */
  withoutQuorum(act: (awake: RedisServer) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'mymaster';
/** ms without an answer after which a Sentinel finds a server down. */
const DOWN_AFTER = '700';
/** ms; a failover whose vote was split is tried again after twice that. */
const FAILOVER_TIMEOUT = '3000';
/** ms: how often Sentinels ask and tell, which is seconds, and how long they do nothing after a pause. */
const HASTE = { 'ASK-PERIOD': 200, 'INFO-PERIOD': 500, 'PUBLISH-PERIOD': 200, 'TILT-PERIOD': 500 };

/** Starts them all and waits until they know one another. */
export async function startSentinels(options: SentinelOptions = {}): Promise<SentinelSet> {
  const { replicas = 2, password, tls } = options;
  const data: RedisOptions = {
    config: {
      ...(tls && { 'tls-replication': 'yes' }),
      ...(password !== undefined && { requirepass: password, masterauth: password }),
      ...options.config,
    },
    ...(tls && { tls }),
  };
  const first = await startRedis(data);
  const followers = await orStop([first], () => startReplicas(first, replicas, data));
  const servers = [first, ...followers.replicas];
  const sentinels = await orStop(servers, () => startOnlySentinels(first, options));
  const all = [...servers, ...sentinels];
  const set = setOf(servers, sentinels, tls !== undefined, () => stopServers(all));
  await orStop(all, async () => {
    await Promise.all(
      sentinels.map((one) => one.command('SENTINEL', 'DEBUG', ...Object.entries(HASTE).flat())),
    );
    await set.settled();
  });
  return set;
}

function startOnlySentinels(
  master: RedisServer,
  { sentinels = 3, quorum = 2, password, sentinelPassword, tls, sentinelConfig }: SentinelOptions,
): Promise<RedisServer[]> {
  const port = tls ? master.tlsPort : master.port;
  const config = {
    ...(tls && { 'tls-replication': 'yes' }),
    ...(sentinelPassword !== undefined && {
      requirepass: sentinelPassword,
      'sentinel sentinel-pass': sentinelPassword,
    }),
    'sentinel monitor': [NAME, '127.0.0.1', String(port), String(quorum)],
    'sentinel down-after-milliseconds': [NAME, DOWN_AFTER],
    'sentinel failover-timeout': [NAME, FAILOVER_TIMEOUT],
    'sentinel parallel-syncs': [NAME, '10'],
    ...(password !== undefined && { 'sentinel auth-pass': [NAME, password] }),
    ...sentinelConfig,
  };
  const each = { sentinel: true, config, ...(tls && { tls }) };
  return startServers(Array.from({ length: sentinels }, () => each));
}

function setOf(
  servers: readonly RedisServer[],
  sentinels: readonly RedisServer[],
  overTls: boolean,
  stop: () => Promise<void>,
): SentinelSet {
  const portOf = (server: RedisServer) => (overTls ? server.tlsPort : server.port);
  const hosts = sentinels.map((sentinel) => `127.0.0.1:${portOf(sentinel)}`).join();

  const namedBy = async (sentinel: RedisServer) => {
    const address = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
    const port = Number([address].flat()[1]);
    const found = servers.find((server) => portOf(server) === port);
    if (found === undefined) throw new Error(`${sentinel.port} names ${address}, which is unknown`);
    return found;
  };
  /** What a Sentinel says of those that are awake, by port. */
  const flags = async (sentinel: RedisServer, what: 'REPLICAS' | 'SENTINELS') => {
    const rows = [await sentinel.command('SENTINEL', what, NAME)].flat().map(recordOf);
    return new Map(rows.map((row) => [Number(row.port), row.flags]));
  };
  const expectSettled = async (sentinel: RedisServer, master: RedisServer) => {
    const words = `Sentinel ${sentinel.port}`;
    expect(recordOf(await sentinel.command('SENTINEL', 'MASTER', NAME)), words).toMatchObject({
      port: String(portOf(master)),
      flags: 'master',
      'num-slaves': String(servers.length - 1),
      'num-other-sentinels': String(sentinels.length - 1),
    });
    expect([...(await flags(sentinel, 'REPLICAS'))], words).toEqual(
      expect.arrayContaining((await set.replicas()).map((one) => [portOf(one), 'slave'])),
    );
    const others = sentinels.filter((other) => other.isAwake && other !== sentinel);
    expect([...(await flags(sentinel, 'SENTINELS'))], words).toEqual(
      expect.arrayContaining(others.map((one) => [portOf(one), 'sentinel'])),
    );
  };

  const set: SentinelSet = {
    url: `${overTls ? 'rediss' : 'redis'}+sentinel://${hosts}/${NAME}`,
    name: NAME,
    servers,
    sentinels,
    async master() {
      const awake = sentinels.find(({ isAwake }) => isAwake);
      if (awake === undefined) throw new Error('no Sentinel is awake');
      return namedBy(awake);
    },
    async replicas() {
      const master = await set.master();
      return servers.filter((server) => server.isAwake && server !== master);
    },
    settled: () =>
      vi.waitFor(async () => {
        const master = await set.master();
        const awake = sentinels.filter(({ isAwake }) => isAwake);
        for (const sentinel of awake) await expectSettled(sentinel, master);
        await inSync(master, await set.replicas());
      }, AGREEMENT),
    async cutOff() {
      await cutOff(await set.master(), await set.replicas());
    },
    async failover(how = 'kill9') {
      const previous = await set.master();
      await previous[how]();
      for (const server of servers) if (server !== previous) server.resume();
      return vi.waitFor(async () => {
        const master = await set.master();
        expect(master.port).not.toBe(previous.port);
        for (const sentinel of sentinels.filter(({ isAwake }) => isAwake)) {
          expect((await namedBy(sentinel)).port).toBe(master.port);
        }
        expect(await master.command('ROLE')).toContain('master');
        return master;
      }, AGREEMENT);
    },
    async withoutQuorum(act) {
      const [first, ...others] = sentinels;
      if (first === undefined) throw new Error('no Sentinel');
      await Promise.all(others.map((sentinel) => sentinel.pause()));
      await act(first);
      for (const sentinel of others) sentinel.resume();
    },
    stop,
  };
  return set;
}
