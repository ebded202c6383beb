import type { ClaimStore } from '../../src/core/claim.js';
import { openStore } from '../../src/redis/open-store.js';
import { openSharedStore } from '../../src/redis/shared/open-shared-store.js';
import { systemClock } from '../../src/system-clock.js';
import type { RedisServer } from './redis-server.js';
import { targetOf } from './target.js';

/** A store of claims on what these URLs name. */
export function storeAt(...urls: readonly string[]): ClaimStore {
  const targets = urls.map((url) => targetOf(url));
  return openStore(targets, { prefix: 'redlock-run', clock: systemClock });
}

/** The same for many questions at once. */
export function sharedStoreAt(...urls: readonly string[]): ClaimStore {
  const targets = urls.map((url) => targetOf(url));
  return openSharedStore(targets, { prefix: 'redlock-run', clock: systemClock });
}

/** What the clock of a server shows, ms since the epoch. */
export async function timeOf(server: RedisServer): Promise<number> {
  const time = await server.command('TIME');
  if (!Array.isArray(time)) throw new Error('no TIME');
  return Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
}
