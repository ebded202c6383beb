import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { parseRedisUrl } from '../../src/redis/address.js';
import { readPlainAddress } from '../../src/redis/plain-address.js';

/** A scheme in capitals means the same and is not plain. */
const byParser = (text: string) => {
  try {
    return parseRedisUrl(
      text.replace(/^[a-z]+/, (scheme) => scheme.toUpperCase()),
      'url',
    );
  } catch (error) {
    return error instanceof Failure ? error.kind : error;
  }
};

const scheme = fc.constantFrom('redis', 'rediss', 'valkey', 'valkeys', 'unix', 'http');
const login = fc.constantFrom('', ':pw@', 'me:pw@', 'me@', 'me:@', 'm.e-1:p~w_9@', 'me:p%40@');
const host = fc.constantFrom(
  ...['127.0.0.1', '127.1', '0x7f.1', '1.2.3', 'localhost', 'cache.example', 'a-b.c', 'a..b', '.'],
  ...['[::1]', 'CACHE', 'a_b', 'a b', '', 'xn--bcher-kva.example', '-', '256.1.1.1'],
);
const port = fc.constantFrom('', ':6379', ':1', ':0', ':06379', ':65535', ':65536', ':99999', ':');
const path = fc.constantFrom('', '/', '/0', '/15', '/007', '/-1', '/x', '/123456', '?db=1', '#x');

test('a plain URL is read as every URL is read', () => {
  let plain = 0;
  const parts = fc.tuple(scheme, login, host, port, path);
  fc.assert(
    fc.property(parts, ([scheme, ...rest]) => {
      const text = `${scheme}://${rest.join('')}`;
      const address = readPlainAddress(text);
      if (address === undefined) return;
      plain += 1;
      expect(address).toEqual(byParser(text));
    }),
    { numRuns: 3_000 },
  );
  expect(plain).toBeGreaterThan(50);
});

test.each([
  ['redis://127.0.0.1:6379', { db: 0, label: 'redis://127.0.0.1:6379' }],
  ['rediss://me:secret@cache.example/3', { username: 'me', password: 'secret', db: 3 }],
  ['valkeys://:secret@cache', { password: 'secret', label: 'rediss://cache:6379' }],
])('%s is plain', (text, expected) => {
  expect(readPlainAddress(text)).toMatchObject(expected);
});

test.each([
  'REDIS://cache',
  'redis://[::1]',
  'redis://me:p%40ss@cache',
  'redis://cache?db=1',
  'redis://cache:0',
  'redis://cache:65536',
  'unix:///run/redis.sock',
  'http://cache',
  'redis://cache\n',
])('%j is not', (text) => {
  expect(readPlainAddress(text)).toBeUndefined();
});
