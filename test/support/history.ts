import type { RedisServer } from './redis-server.js';

/** The entries of a job's history, oldest first. */
export async function historyOf(
  redis: RedisServer,
  job: string,
): Promise<Record<string, string>[]> {
  const entries = await redis.command('XRANGE', `redlock-run:{${job}}:history`, '-', '+');
  return [entries].flat().map((entry) => {
    const fields = [Array.isArray(entry) ? (entry[1] ?? []) : []].flat().map(String);
    return Object.fromEntries(
      fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? '']] : [])),
    );
  });
}
