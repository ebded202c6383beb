import { parseRedisUrl } from '../../redis/address.js';
import type { RedisTarget } from '../../redis/target.js';
import { targetAt } from '../../redis/targets.js';
import type { Settings } from './settings.js';

export interface RedisLogin {
  readonly targets: readonly RedisTarget[];
  /** The environment variables that gave us a secret: the job does not get them. */
  readonly secretVariables: readonly string[];
}

/**
 * Where Redis is and how to log in. REDIS_PASSWORD serves a URL without a password.
 *
 * REDIS_URL and REDIS_PASSWORD may be the job's own as well: they are kept from it only where they
 * are what we log in with, so that a REDLOCK_RUN_REDIS with its own password leaves them alone.
 *
 * @throws Failure `config`
 */
export function redisLogin(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): RedisLogin {
  const address = parseRedisUrl(settings.redis, settings.redisSource);
  const secretVariables = ['REDLOCK_RUN_REDIS'];
  if (address.password !== undefined) {
    if (settings.redisSource === 'REDIS_URL') secretVariables.push('REDIS_URL');
    return { targets: [targetAt(address)], secretVariables };
  }
  const password = env.REDIS_PASSWORD ?? '';
  if (password === '') return { targets: [targetAt(address)], secretVariables };
  return {
    targets: [targetAt(address, password)],
    secretVariables: [...secretVariables, 'REDIS_PASSWORD'],
  };
}
