import { recordOf } from './record.js';
import type { RedisServer } from './redis-server.js';

/** The entries of a job's history, oldest first. */
export async function historyOf(
  redis: RedisServer,
  job: string,
): Promise<Record<string, string>[]> {
  const entries = await redis.command('XRANGE', `redlock-run:{${job}}:history`, '-', '+');
  return [entries].flat().map((entry) => recordOf(Array.isArray(entry) ? (entry[1] ?? []) : []));
}
