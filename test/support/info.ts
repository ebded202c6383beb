import { expect, vi } from 'vitest';
import type { RedisServer } from './redis-server.js';
import { AGREEMENT } from './server-group.js';

/** Answers of lines of `name:value`, as INFO gives them. */
type Info = Partial<Record<string, string>>;

/** A section of INFO. */
export async function infoOf(server: RedisServer, section: string): Promise<Info> {
  return parseInfo(String(await server.command('INFO', section)));
}

/** How many connections it has taken since it started, ours included. */
export async function connectionsOf(server: RedisServer): Promise<number> {
  return Number((await infoOf(server, 'stats')).total_connections_received);
}

/** How many commands of this name, in small letters, it has executed since it started. */
export async function callsOf(server: RedisServer, command: string): Promise<number> {
  const counted = (await infoOf(server, 'commandstats'))[`cmdstat_${command}`] ?? '';
  return Number(/^calls=(\d+)/.exec(counted)?.[1] ?? 0);
}

/** How many replies with this error it has given since it started. */
export async function errorsOf(server: RedisServer, code: string): Promise<number> {
  const counted = (await infoOf(server, 'errorstats'))[`errorstat_${code}`] ?? 'count=0';
  return Number(counted.slice('count='.length));
}

/** Waits until so many clients stand by, or are held back (CLIENT PAUSE). */
export function untilBlocked(server: RedisServer, count: number): Promise<void> {
  return vi.waitFor(async () => {
    const { blocked_clients: blocked } = await infoOf(server, 'clients');
    expect(Number(blocked), `blocked clients of ${server.port}`).toBe(count);
  }, AGREEMENT);
}

/** CLUSTER INFO. */
export async function clusterInfoOf(node: RedisServer): Promise<Info> {
  return parseInfo(String(await node.command('CLUSTER', 'INFO')));
}

function parseInfo(text: string): Info {
  return Object.fromEntries(
    text.split('\r\n').flatMap((line) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
