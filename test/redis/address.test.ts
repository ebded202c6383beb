import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { parseRedisUrl } from '../../src/redis/address.js';
import type { RedisAddress } from '../../src/redis/target.js';

const at = (host: string, port = 6379, tls = false) => ({
  topology: { kind: 'single' as const, place: { kind: 'tcp' as const, host, port } },
  tls,
});

const tcp = (host: string, port: number) => ({ kind: 'tcp' as const, host, port });
const sentinel = (master: string, ...sentinels: ReturnType<typeof tcp>[]) => ({
  topology: { kind: 'sentinel' as const, sentinels, master },
});
const cluster = (...seeds: ReturnType<typeof tcp>[]) => ({
  topology: { kind: 'cluster' as const, seeds },
});
const socket = (path: string) => ({ kind: 'single', place: { kind: 'unix', path } }) as const;

describe('a Redis URL', () => {
  test.each<[string, Partial<RedisAddress>]>([
    ['redis://127.0.0.1', { ...at('127.0.0.1'), db: 0 }],
    ['redis://cache.example:7000/3', { ...at('cache.example', 7000), db: 3 }],
    ['redis://cache.example/', { ...at('cache.example'), db: 0 }],
    ['rediss://cache', { ...at('cache', 6379, true) }],
    ['REDISS://cache', { ...at('cache', 6379, true) }],
    ['valkey://cache', { ...at('cache') }],
    ['valkeys://cache', { ...at('cache', 6379, true) }],
    ['redis://[::1]:7000', { ...at('::1', 7000), label: 'redis://[::1]:7000' }],
    ['redis://:pw@cache', { ...at('cache'), password: 'pw' }],
    ['redis://me:p%40%2F%23w@cache', { username: 'me', password: 'p@/#w' }],
    ['redis://me@cache', { username: 'me' }],
    ['redis://:a,b%2Cc@cache', { ...at('cache'), password: 'a,b,c' }],
    ['redis://%6De:@ca%63he', { ...at('cache'), username: 'me' }],
    ['redis://:pässwörd@cache', { password: 'pässwörd' }],
    [
      'redis://[2001:DB8:0:0::1]/1',
      { ...at('2001:db8::1'), label: 'redis://[2001:db8::1]:6379/1' },
    ],
    ['redis://[fe80::1%25eth0]', { ...at('fe80::1%eth0') }],
    ['redis://Cache_1.EXAMPLE', { ...at('cache_1.example') }],
    [
      'redis+sentinel://a,b:7000,[::1]/main',
      { ...sentinel('main', tcp('a', 26_379), tcp('b', 7000), tcp('::1', 26_379)), tls: false },
    ],
    [
      'valkeys+SENTINEL://me:pw@a/main/3',
      { ...sentinel('main', tcp('a', 26_379)), tls: true, username: 'me', password: 'pw', db: 3 },
    ],
    ['redis+cluster://a,b:7000', { ...cluster(tcp('a', 6379), tcp('b', 7000)), tls: false, db: 0 }],
    ['rediss+cluster://:pw@a/', { ...cluster(tcp('a', 6379)), tls: true, password: 'pw' }],
    ['valkey+cluster://a/0', { ...cluster(tcp('a', 6379)), tls: false }],
    ['unix://me:pw@/run/a.sock', { topology: socket('/run/a.sock'), password: 'pw' }],
    ['unix:///run/redis.sock', { topology: socket('/run/redis.sock'), tls: false, db: 0 }],
    ['unix:///run/my%20redis.sock?db=2', { topology: socket('/run/my redis.sock'), db: 2 }],
  ])('%s is understood', (text, expected) => {
    expect(parseRedisUrl(text, '--redis')).toMatchObject(expected);
  });

  test.each([
    ['', 'not a URL'],
    ['localhost:6379', 'not a URL'],
    ['redis:127.0.0.1', 'not a URL'],
    ['redis://', 'no host'],
    ['redis://a b', 'not a URL'],
    ['redis://cache:65536', 'the port must be a number from 1 to 65535'],
    ['redis://cache:', 'the port must be a number'],
    ['redis://cache:x', 'the port must be a number'],
    ['redis://cache:0', 'the port must be a number'],
    ['http://cache', 'unknown scheme http://'],
    ['redis+tls://cache', 'unknown scheme redis+tls://'],
    ['redis://::1', 'an IPv6 address must be in brackets'],
    ['redis://[::1', 'an IPv6 address must be in brackets'],
    ['redis://[cache]', 'is not an IPv6 address'],
    ['redis://bücher.example', 'write an international name as xn--'],
    ['redis://a%20b', 'ASCII letters, digits'],
    ['redis://-a', 'ASCII letters, digits'],
    ['redis://a,b', 'several hosts; write redis+sentinel://HOSTS/MASTER or redis+cluster://HOSTS'],
    ['redis+cluster://a,', 'no host'],
    ['redis+cluster://a/1', 'a cluster has database 0 only'],
    ['redis+sentinel://a', 'the name of the master is missing'],
    ['redis+sentinel://a//1', 'the name of the master is missing'],
    ['redis+sentinel://a/my master', 'not a URL'],
    ['redis+sentinel://a/my%20master', 'the name of the master'],
    ['redis+sentinel://a/main/x', 'the database is a number'],
    ['redis+sentinel://a/main/1/2', 'the database is a number'],
    ['redis+sentinel://me:p@a,me:p@b/main', 'several @'],
    ['redis://:p@w@cache', 'several @ in the URL; in a password, write it as %40'],
    ['redis://:p/w@cache', 'an @ behind a / or ?'],
    ['redis://:p?w@cache', 'an @ behind a / or ?'],
    ['redis://one redis://two', 'not a URL'],
    ['unix:///run/a%00b', 'absolute path'],
    ['unix:///run/a.sock?db=1&db=2', 'the only parameter'],
    ['redis://cache/one', 'the database is a number'],
    ['redis://cache/-1', 'the database is a number'],
    ['redis://cache?tls=true', 'parameters after ?'],
    ['redis://:p#w@cache', 'a # in the URL'],
    ['redis://cache/#w', 'a # in the URL'],
    ['redis://:p%w@cache', 'a % that is not followed by'],
    ['unix://run/redis.sock', 'absolute path'],
    ['unix:///', 'absolute path'],
    ['unix:///run/redis.sock?db=x', 'the database is a number'],
    ['unix:///run/redis.sock?tls=1', 'the only parameter'],
  ])('%j is refused in one line that names the option', (text, problem) => {
    expect(() => parseRedisUrl(text, '--redis')).toThrow(
      expect.objectContaining({ name: 'Failure', kind: 'config' }),
    );
    expect(() => parseRedisUrl(text, '--redis')).toThrow(problem);
    expect(() => parseRedisUrl(text, '--redis')).toThrow(/^--redis: .*$/);
  });

  test.each([
    ['redis://CACHE', 'valkey://me:pw@cache:6379/0', 'redis://cache:6379'],
    ['REDISS://cache/2', 'valkeys://cache:6379/2', 'rediss://cache:6379/2'],
    ['redis://[0:0::1]:7', 'redis://[::1]:7', 'redis://[::1]:7'],
    ['unix:///run/a%41b', 'unix:///run/aAb?db=0', 'unix:///run/aAb'],
    ['unix:///run/a%3Fb%23', 'unix:///run/%61%3fb%23?db=', 'unix:///run/a%3Fb%23'],
    ['unix:///run/a%0Ab?db=2', 'unix://u:p@/run/a%0ab?db=02', 'unix:///run/a%0Ab?db=2'],
    [
      'valkey+sentinel://b,a/m',
      'redis+sentinel://A,B:26379/m/0',
      'redis+sentinel://a:26379,b:26379/m',
    ],
    ['valkeys+cluster://b,a', 'rediss+cluster://:pw@A,b:6379/', 'rediss+cluster://a:6379,b:6379'],
    ['redis+sentinel://a/m/4', 'redis+sentinel://a/%6d/4', 'redis+sentinel://a:26379/m/4'],
  ])('%s and %s have one label', (one, other, label) => {
    expect([one, other].map((text) => parseRedisUrl(text, 'url').label)).toEqual([label, label]);
    // A label is a URL of the same place.
    expect(parseRedisUrl(label, 'url').label).toBe(label);
  });

  test('never shows a part of its password, whatever is wrong with it', () => {
    const secret = 'hunter2-Canary';
    fc.assert(
      fc.property(
        fc.constantFrom(
          ...['redis', 'REDISS', 'redis+sentinel', 'rediss+cluster', 'unix', 'http', 'redis+x', ''],
        ),
        fc.constantFrom('', ':', '/', '//', '://'),
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 12 }),
        (scheme, middle, user, rest) => {
          const text = `${scheme}${middle}${user}:${secret}@${rest}`;
          let said: string;
          try {
            said = parseRedisUrl(text, '--redis').label;
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
            said = error instanceof Failure ? `${error.stack}${String(error.cause)}` : '';
          }
          // In the place of a host or a path it is no password, and shown.
          if (!text.startsWith(`unix://${user}`)) expect(said).not.toContain(secret);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
