import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { parseRedisUrl, type RedisAddress } from '../../src/redis/address.js';

const at = (host: string, port = 6379, tls = false) => ({
  topology: { kind: 'single' as const, place: { kind: 'tcp' as const, host, port } },
  tls,
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
    ['redis://cache:99999', 'not a URL'],
    ['redis://cache:0', 'port 0'],
    ['http://cache', 'unknown scheme http://'],
    ['redis+sentinel://cache', 'unknown scheme redis+sentinel://'],
    ['redis://cache/one', 'the database is a number'],
    ['redis://cache/-1', 'the database is a number'],
    ['redis://cache?tls=true', 'parameters after ?'],
    ['redis://:p#w@cache', 'percent-encoded'],
    ['redis://cache/#w', 'a # in the URL'],
    ['unix://me:pw@/run/redis.sock', 'not a URL'],
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

  test('never shows a part of its password, whatever is wrong with it', () => {
    const secret = 'hunter2-Canary';
    fc.assert(
      fc.property(
        fc.constantFrom('redis', 'REDISS', 'unix', 'http', 'redis+x', ''),
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
