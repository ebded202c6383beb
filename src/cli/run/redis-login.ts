import type { Login } from '../../redis/login/login.js';
import type { RedisAddress, RedisTarget } from '../../redis/target.js';
import { parseRedisUrls, targetsAt } from '../../redis/targets.js';
import type { Io } from '../io.js';
import { longFlag, OPTIONS } from './options.js';
import type { Flags } from './plain-flags.js';
import type { Settings } from './settings.js';

export interface RedisLogin {
  readonly targets: readonly RedisTarget[];
  /** The environment variables that gave us a secret: the job does not get them. */
  readonly secretVariables: readonly string[];
  /** A URL on the command line has a password, and ps shows it to everybody on this machine. */
  readonly isSeenByPs: boolean;
}

/**
 * Where Redis is and how to log in.
 *
 * @throws Failure `config` or `usage`
 */
export function redisLogin(
  settings: Settings,
  flags: Flags,
  { env, now }: Pick<Io, 'env' | 'now'>,
): RedisLogin {
  const { redisSource } = settings;
  const addresses = parseRedisUrls(settings.redis, redisSource);
  const login: Login = {
    ...settings,
    redisPassword: env.REDIS_PASSWORD || undefined,
    sentinelPassword: env.REDIS_SENTINEL_PASSWORD || undefined,
  };
  const targets = targetsAt(addresses, login, {
    nameOf: (option) => longFlag(OPTIONS[option]),
    isForThisCall: (option) => flags.has(option),
    env,
    now,
  });
  const inUrl = addresses.some(({ password }) => password !== undefined);
  return {
    targets,
    secretVariables: [
      'REDLOCK_RUN_REDIS',
      ...(inUrl && redisSource === 'REDIS_URL' ? ['REDIS_URL'] : []),
      ...passwordVariables(addresses, login),
    ],
    isSeenByPs: inUrl && flags.has('redis'),
  };
}

/**
 * REDIS_URL and these may be the job's own as well: they are kept from it only where they are what we
 * log in with, so that a REDLOCK_RUN_REDIS with its own password leaves them alone.
 */
function passwordVariables(addresses: readonly RedisAddress[], login: Login): readonly string[] {
  const { redisPasswordFile, redisIamUser, sentinelPasswordFile } = login;
  const lacksPassword = addresses.some(({ password }) => password === undefined);
  const hasSentinels = addresses.some(({ topology }) => topology.kind === 'sentinel');
  const isOtherwise = redisPasswordFile !== undefined || redisIamUser !== undefined;
  return [
    ...(lacksPassword && !isOtherwise ? ['REDIS_PASSWORD'] : []),
    ...(hasSentinels && sentinelPasswordFile === undefined ? ['REDIS_SENTINEL_PASSWORD'] : []),
  ];
}
