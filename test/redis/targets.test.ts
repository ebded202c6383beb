import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import type { Login, LoginContext, LoginOption } from '../../src/redis/login/login.js';
import { parseRedisUrls, targetsAt } from '../../src/redis/targets.js';

const context = (more: Partial<LoginContext> = {}): LoginContext => ({
  nameOf: (option) => `--${option}`,
  isForThisCall: () => true,
  env: {},
  now: () => 0,
  ...more,
});

const targets = (urls: readonly string[], login: Login = {}, more: Partial<LoginContext> = {}) =>
  targetsAt(parseRedisUrls(urls, '--redis'), login, context(more));

const refusal = (act: () => unknown): Failure => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('several URLs', () => {
  test('are as many targets, in the order in which they were given', () => {
    const urls = ['redis://c', 'rediss://:pw@a:7000', 'redis+sentinel://s1,s2/main/1'];
    expect(targets(urls).map(({ label, tls }) => [label, tls])).toEqual([
      ['redis://c:6379', undefined],
      ['rediss://a:7000', {}],
      ['redis+sentinel://s1:26379,s2:26379/main/1', undefined],
    ]);
  });

  test('may be three masters that the same Sentinels watch', () => {
    const urls = ['a', 'b', 'c'].map((master) => `redis+sentinel://s1,s2,s3/${master}`);
    expect(targets(urls)).toHaveLength(3);
  });

  test.each<[string, string[], RegExp]>([
    ['none', [], /^--redis: no URL is given$/],
    ['two', ['redis://a', 'redis://b'], /^--redis: two URLs; give one, or three or more/],
    [
      'the same twice',
      ['redis://a', 'redis://b', 'valkey://A:6379'],
      /^--redis: redis:\/\/a:6379 is there twice/,
    ],
    [
      'two databases of one server',
      ['redis://:secret@a/1', 'redis://b', 'rediss://:secret@a/2'],
      /^--redis: rediss:\/\/a:6379\/2 is there twice/,
    ],
    [
      'the same Sentinels and master',
      ['redis+sentinel://a,b/m', 'redis://b', 'redis+sentinel://b,a/m'],
      /is there twice/,
    ],
    [
      'one that is none',
      ['redis://a', 'redis://:secret@', 'redis://b'],
      /^--redis, URL 2: no host/,
    ],
  ])('are refused when they are %s', (_, urls, message) => {
    const failure = refusal(() => targets(urls));
    expect(failure).toMatchObject({ kind: 'config' });
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('secret');
  });
});

describe('a password', () => {
  const loginAt = (url: string, login: Login = {}) => {
    const [target] = targets([url], login, { isForThisCall: () => false });
    return target?.credentials();
  };

  test.each<[string, string, Login, unknown]>([
    ['nobody has', 'redis://a', {}, undefined],
    ['the URL has', 'redis://:url@a', { redisPassword: 'given' }, { password: 'url' }],
    ['is given', 'redis://a', { redisPassword: 'given' }, { password: 'given' }],
    [
      'is given, of a user',
      'redis://me@a',
      { redisPassword: 'given' },
      { username: 'me', password: 'given' },
    ],
    ['a user does without', 'redis://me@a', {}, { username: 'me', password: '' }],
    [
      'the URL has, in spite of a file',
      'redis://me:url@a',
      { redisPasswordFile: '/no/such' },
      { username: 'me', password: 'url' },
    ],
  ])('that %s', async (_, url, login, expected) => {
    expect(await loginAt(url, login)).toEqual(expected);
  });

  test('of a file goes before one that is given, and is asked for only when it connects', async () => {
    const login = { redisPassword: 'given', redisPasswordFile: '/no/such' };
    await expect(loginAt('redis://a', login)).rejects.toMatchObject({
      kind: 'config',
      message: 'cannot read the password file "/no/such" (ENOENT)',
    });
  });

  test('of Redis is not sent to the Sentinels, nor theirs to Redis', async () => {
    const [target] = targets(['redis+sentinel://me:pw@s/main'], {
      sentinelUser: 'guard',
      sentinelPassword: 'theirs',
    });
    expect(await target?.credentials()).toEqual({ username: 'me', password: 'pw' });
    expect(await target?.sentinelCredentials()).toEqual({ username: 'guard', password: 'theirs' });
    const [other] = targets(['redis+sentinel://me:pw@s/main']);
    expect(await other?.sentinelCredentials()).toBeUndefined();
  });
});

describe('TLS', () => {
  test('has its files and its name where the URL says TLS, and nowhere else', () => {
    const login = { redisCa: 'ca', redisCert: 'cert', redisKey: 'key', redisServerName: 'name' };
    const urls = ['rediss://a', 'redis://b', 'valkeys+cluster://c'];
    const tls = { ca: 'ca', cert: 'cert', key: 'key', serverName: 'name' };
    expect(targets(urls, login).map((target) => target.tls)).toEqual([tls, undefined, tls]);
  });
});

const iam = { redisIamUser: 'me', redisIamCache: 'cache', redisRegion: 'eu-west-1' };

describe('options that cannot be obeyed are refused:', () => {
  test.each<[string, Login, string]>([
    ['redis://a', { redisCa: 'f' }, '--redisCa: belongs to a URL with TLS'],
    ['unix:///a', { redisServerName: 'f' }, '--redisServerName: belongs to a URL with TLS'],
    ['rediss://a', { redisCert: 'f' }, '--redisCert and --redisKey belong together'],
    ['rediss://a', { redisKey: 'f' }, '--redisCert and --redisKey belong together'],
    ['redis://a', { sentinelUser: 'f' }, '--sentinelUser: belongs to a redis+sentinel:// URL'],
    ['redis://a', { sentinelPasswordFile: 'f' }, '--sentinelPasswordFile: belongs to'],
    ['redis://:p@a', { redisPasswordFile: 'f' }, '--redisPasswordFile: the URL has a password'],
    ['redis://a', { redisRegion: 'f' }, '--redisRegion: belongs to --redisIamUser'],
    ['rediss://a', { redisIamUser: 'f' }, '--redisIamUser and --redisIamCache belong together'],
    ['rediss://a', { redisIamCache: 'f' }, '--redisIamUser and --redisIamCache belong together'],
    ['redis://a', iam, '--redisIamUser: needs TLS'],
    ['unix:///a', iam, '--redisIamUser: needs TLS'],
    ['rediss://:p@a', iam, '--redisIamUser: logs in without a password'],
    ['rediss://me@a', iam, '--redisIamUser: logs in without a password'],
    ['rediss://a', { ...iam, redisPasswordFile: 'f' }, 'exclude each other'],
    ['rediss://a', { ...iam, redisRegion: undefined }, '--redisRegion: is missing'],
  ])('%s with %j', (url, login, message) => {
    const failure = refusal(() => targets([url], login));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(message);
  });

  test('one cache for several URLs', () => {
    const urls = ['rediss://a', 'rediss://b', 'rediss://c'];
    expect(refusal(() => targets(urls, iam)).message).toContain('--redisIamCache: names one cache');
  });

  test('but what may be meant for others is passed over, unless somebody counts on TLS', () => {
    const shared = (login: Login) => () =>
      targets(['redis://:p@a'], login, { isForThisCall: () => false });
    for (const option of [
      'sentinelUser',
      'sentinelPasswordFile',
      'redisPasswordFile',
      'redisRegion',
    ]) {
      expect(
        shared({ [option]: 'x' } satisfies Partial<Record<LoginOption, string>>),
      ).not.toThrow();
    }
    expect(shared({ redisCa: 'x' })).toThrow('--redisCa: belongs to a URL with TLS');
  });
});

describe('an IAM login', () => {
  const signedFor = async (url: string, env: Record<string, string> = {}, redisRegion?: string) => {
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    const [target] = targets([url], { ...iam, redisRegion }, { env: { ...env, ...keys } });
    const { password = '' } = (await target?.credentials()) ?? {};
    const [, scope] = /X-Amz-Credential=id%2F\d{8}%2F([\w-]+%2F[a-z]+)%2F/.exec(password) ?? [];
    const isServerless = password.includes('ResourceType=ServerlessCache');
    return `${scope?.replace('%2F', ' ')}${isServerless ? ' serverless' : ''}`;
  };

  test('is for the region of the option, of the host, or where AWS says that this node is', async () => {
    const host = 'rediss://master.a.b.euw1.cache.amazonaws.com';
    const env = { AWS_REGION: 'us-east-2', AWS_DEFAULT_REGION: 'us-west-2' };
    expect(await signedFor(host, env, 'ap-south-1')).toBe('ap-south-1 elasticache');
    expect(await signedFor(host, env)).toBe('eu-west-1 elasticache');
    expect(await signedFor('rediss://a', env)).toBe('us-east-2 elasticache');
    expect(await signedFor('rediss://a', { ...env, AWS_REGION: '' })).toBe('us-west-2 elasticache');
  });

  test('is for the service of the host', async () => {
    const memoryDb = 'rediss+cluster://clustercfg.a.b.memorydb.eu-west-2.amazonaws.com';
    expect(await signedFor(memoryDb)).toBe('eu-west-2 memorydb');
    const serverless = 'rediss+cluster://a-b.serverless.use1.cache.amazonaws.com';
    expect(await signedFor(serverless)).toBe('us-east-1 elasticache serverless');
  });
});
