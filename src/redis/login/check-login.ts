import { usage } from '../../core/errors.js';
import type { RedisAddress } from '../target.js';
import type { Login, LoginContext, LoginOption } from './login.js';

const TLS_OPTIONS = ['redisCa', 'redisCert', 'redisKey', 'redisServerName'] as const;
const SENTINEL_OPTIONS = ['sentinelUser', 'sentinelPasswordFile'] as const;

/**
 * Refuses what cannot be together, or would be passed over although somebody counts on it.
 *
 * @throws Failure `usage` naming the options
 */
export function checkLogin(
  addresses: readonly RedisAddress[],
  login: Login,
  context: LoginContext,
): void {
  const name = (option: LoginOption) => context.nameOf(option);
  const given = (option: LoginOption) => login[option] !== undefined;
  const isLost = (option: LoginOption) => given(option) && context.isForThisCall(option);

  // Whoever names an authority counts on TLS, wherever it was said.
  const tlsOption = TLS_OPTIONS.find(given);
  if (tlsOption !== undefined && !addresses.some(({ tls }) => tls)) {
    throw usage(`${name(tlsOption)}: belongs to a URL with TLS (rediss://); no such URL is given`);
  }
  if (given('redisCert') !== given('redisKey')) {
    throw usage(`${name('redisCert')} and ${name('redisKey')} belong together; give both`);
  }
  const sentinelOption = SENTINEL_OPTIONS.find(isLost);
  const hasSentinels = addresses.some(({ topology }) => topology.kind === 'sentinel');
  if (sentinelOption !== undefined && !hasSentinels) {
    throw usage(`${name(sentinelOption)}: belongs to a redis+sentinel:// URL; none is given`);
  }
  if (given('redisIamUser') || given('redisIamCache')) checkIam(addresses, login, context);
  else if (isLost('redisRegion')) {
    throw usage(`${name('redisRegion')}: belongs to ${name('redisIamUser')}`);
  }
  if (isLost('redisPasswordFile') && addresses.every(({ password }) => password !== undefined)) {
    throw usage(`${name('redisPasswordFile')}: the URL has a password, too; give one of them`);
  }
}

function checkIam(
  addresses: readonly RedisAddress[],
  { redisIamUser, redisIamCache, redisPasswordFile }: Login,
  { nameOf }: LoginContext,
): void {
  const [user, cache] = [nameOf('redisIamUser'), nameOf('redisIamCache')];
  if (redisIamUser === undefined || redisIamCache === undefined) {
    throw usage(`${user} and ${cache} belong together; give both`);
  }
  if (redisPasswordFile !== undefined) {
    throw usage(`${user} and ${nameOf('redisPasswordFile')} exclude each other; give one`);
  }
  if (addresses.length > 1) throw usage(`${cache}: names one cache; give one Redis URL`);
  if (addresses.some(({ username, password }) => (username ?? password) !== undefined)) {
    throw usage(`${user}: logs in without a password; take user and password out of the URL`);
  }
  if (addresses.some(({ tls }) => !tls)) {
    throw usage(`${user}: needs TLS, which protects the token; write rediss://`);
  }
}
