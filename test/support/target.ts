import type { Login } from '../../src/redis/login/login.js';
import type { RedisTarget } from '../../src/redis/target.js';
import { parseRedisUrls, targetsAt } from '../../src/redis/targets.js';

/** What a URL and a login given beside it name. */
export function targetOf(url: string, login: Login = {}): RedisTarget {
  const [target] = targetsAt(parseRedisUrls([url], 'url'), login, {
    nameOf: (option) => option,
    isForThisCall: () => true,
    env: {},
    now: () => Date.now(),
  });
  if (target === undefined) throw new Error('no target');
  return target;
}
