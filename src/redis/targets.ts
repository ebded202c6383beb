import { Failure } from '../core/errors.js';
import { parseRedisUrl } from './address.js';
import { whereabouts } from './label.js';
import { checkLogin } from './login/check-login.js';
import { redisCredentials, sentinelCredentials } from './login/credentials.js';
import type { Login, LoginContext } from './login/login.js';
import type { RedisAddress, RedisTarget, Tls } from './target.js';

/**
 * Reads the URLs of one `--redis` or of several independent masters.
 *
 * @param name the option or variable that carries them, for messages
 * @throws Failure `config`
 */
export function parseRedisUrls(urls: readonly string[], name: string): readonly RedisAddress[] {
  const addresses = urls.map((url, i) =>
    parseRedisUrl(url, urls.length === 1 ? name : `${name}, URL ${i + 1}`),
  );
  if (addresses.length === 0) throw new Failure('config', `${name}: no URL is given`);
  if (addresses.length === 2) {
    throw new Failure(
      'config',
      `${name}: two URLs; give one, or three or more of independent masters: of two, no single one ` +
        'that fails leaves a majority',
    );
  }
  const places = addresses.map(({ topology }) => whereabouts(topology));
  const twice = addresses.find((_, i) => places.indexOf(places[i] ?? '') !== i);
  if (twice !== undefined) {
    throw new Failure('config', `${name}: ${twice.label} is there twice; give each master once`);
  }
  return addresses;
}

/**
 * What is to be connected to, and how to log in there. No file is read yet.
 *
 * @throws Failure `usage` for options that cannot be together
 */
export function targetsAt(
  addresses: readonly RedisAddress[],
  login: Login,
  context: LoginContext,
): readonly RedisTarget[] {
  checkLogin(addresses, login, context);
  return addresses.map((address) => targetAt(address, login, context));
}

function targetAt(address: RedisAddress, login: Login, context: LoginContext): RedisTarget {
  const { topology, tls, db, label } = address;
  return {
    topology,
    ...(tls && { tls: tlsOf(login) }),
    credentials: redisCredentials(address, login, context),
    sentinelCredentials: sentinelCredentials(login),
    db,
    label,
  };
}

function tlsOf({ redisCa, redisCert, redisKey, redisServerName }: Login): Tls {
  return {
    ...(redisCa !== undefined && { ca: redisCa }),
    ...(redisCert !== undefined && { cert: redisCert }),
    ...(redisKey !== undefined && { key: redisKey }),
    ...(redisServerName !== undefined && { serverName: redisServerName }),
  };
}
