import { parseRedisUrl, type RedisAddress } from './address.js';
import type { Credentials, RedisTarget } from './target.js';

/**
 * What a URL alone names: nothing is read from files or the environment.
 *
 * @param name the option or variable that carries the URL, for messages
 * @throws Failure `config`
 */
export function targetOf(url: string, name: string): RedisTarget {
  return targetAt(parseRedisUrl(url, name));
}

/** The password of the URL goes first. */
export function targetAt(address: RedisAddress, otherPassword?: string): RedisTarget {
  const { topology, tls, username, password = otherPassword, db, label } = address;
  const credentials: Credentials | undefined =
    password === undefined ? undefined : { ...(username !== undefined && { username }), password };
  return {
    topology,
    ...(tls && { tls: {} }),
    credentials: async () => credentials,
    sentinelCredentials: async () => undefined,
    db,
    label,
  };
}
