import { labelOf } from './label.js';
import type { RedisAddress } from './target.js';

/** What a URL parser would give back as it is: nothing to decode, to lower or to drop. */
const PLAIN =
  /^(redis|valkey)(s?):\/\/(?:([\w.~-]*):([\w.~-]+)@)?([a-z0-9][a-z0-9.-]*)(?::([1-9]\d{0,4}))?(?:\/(\d{0,5}))?$/;

const DEFAULT_PORT = '6379';
const HIGHEST_PORT = 65_535;

/**
 * Reads a URL such as `rediss://me:secret@cache.example:6380/1`: the same as parseRedisUrl makes of
 * it, without the time that its expressions take at their first use.
 *
 * @returns undefined for all that is not as plain as this
 */
export function readPlainAddress(text: string): RedisAddress | undefined {
  const [, , s, username, password, host, portText = DEFAULT_PORT, dbText] = PLAIN.exec(text) ?? [];
  const port = Number(portText);
  if (host === undefined || port > HIGHEST_PORT) return undefined;
  const topology = { kind: 'single', place: { kind: 'tcp', host, port } } as const;
  const tls = s === 's';
  const db = Number(dbText ?? 0);
  return {
    topology,
    tls,
    ...(username && { username }),
    ...(password && { password }),
    db,
    label: labelOf(topology, tls, db),
  };
}
