import { type RedisOptions, type RedisServer, startRedis } from './redis-server.js';

/** How servers that agree with one another by and by are waited for (vi.waitFor). */
export const AGREEMENT = { timeout: 15_000, interval: 20 };

/** Starts one server per entry, side by side: all of them or none. */
export async function startServers(each: readonly RedisOptions[]): Promise<RedisServer[]> {
  const starts = await Promise.allSettled(each.map((options) => startRedis(options)));
  const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed === undefined) return servers;
  await stopServers(servers);
  throw failed.reason;
}

export async function stopServers(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/**
 * What `act` answers; when it fails, the servers are stopped.
 *
 * @throws Error with what every server said
 */
export async function orStop<T>(
  servers: readonly RedisServer[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    await stopServers(servers);
    const logs = servers.map(({ port, log }) => `--- ${port}\n${log}`);
    throw new Error([String(cause), ...logs].join('\n'), { cause });
  }
}
