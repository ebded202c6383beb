import type { RedisServer } from './redis-server.js';

/** When the lease of a slot ends, ms since the epoch by the clock of Redis; 0 when there is none. */
export async function leaseEnd(
  server: RedisServer,
  job: string,
  slot: string,
  rank = 1,
): Promise<number> {
  const lease = await server.command('HGET', `redlock-run:{${job}}:state`, `lease:${rank}:${slot}`);
  return Number(String(lease ?? '0').split(' ')[0]);
}
