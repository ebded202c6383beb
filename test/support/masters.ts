import type { RedisOptions, RedisServer } from './redis-server.js';
import { startServers, stopServers } from './server-group.js';

/** Servers that know nothing of one another, as Redlock wants them. */
export interface Masters {
  readonly servers: readonly RedisServer[];
  /** In the same order. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** Starts `count` masters that keep nothing: one that starts anew is empty. */
export async function startMasters(count: number, options: RedisOptions = {}): Promise<Masters> {
  const servers = await startServers(Array.from({ length: count }, () => options));
  return {
    servers,
    urls: servers.map((server) => (options.tls ? server.tlsUrl : server.url)),
    stop: () => stopServers(servers),
  };
}
