import type { Login } from '../redis/login/login.js';
import type { RedisTarget } from '../redis/target.js';
import { parseRedisUrls, targetsAt } from '../redis/targets.js';

/**
 * What a program's options name. Of the environment only AWS's own variables are read.
 *
 * @throws Failure `config` for a URL, `usage` for options that cannot be together
 */
export function redisTargets(urls: readonly string[], login: Login): readonly RedisTarget[] {
  return targetsAt(parseRedisUrls(urls, 'redis'), login, {
    nameOf: (option) => option,
    isForThisCall: () => true,
    env: process.env,
    now: () => Date.now(),
  });
}
