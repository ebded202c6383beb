import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let certificates: Certificates;
let socket: string;

beforeAll(async () => {
  certificates = makeCertificates();
  socket = join(certificates.folder, 'redis.sock');
  redis = await startRedis({
    tls: { certificates },
    config: { unixsocket: socket, bind: ['127.0.0.1', '127.0.0.2'] },
  });
});
afterAll(async () => {
  await redis.stop();
  certificates.remove();
});

let slots = 0;
const call = (url: string, env: Record<string, string> = {}, args: readonly string[] = []) =>
  cli(
    [
      '--key',
      'nightly',
      '--slot',
      `${++slots}`,
      '-r',
      url,
      ...args,
      '--redis-timeout',
      '1s',
      '--',
      'echo',
      'ran',
    ],
    { env },
  );
const trusting = () => ({ NODE_EXTRA_CA_CERTS: certificates.ca });

test.each([
  ['a socket', () => `unix://${socket}`],
  ['a socket and a database', () => `unix://${socket}?db=3`],
  ['an IPv6 address in brackets', () => `redis://[::ffff:127.0.0.1]:${redis.port}`],
  ['a name', () => `redis://localhost:${redis.port}/2`],
  ['the scheme of Valkey', () => `valkey://127.0.0.1:${redis.port}`],
])('Redis is reached by %s', async (_, url) => {
  expect(await call(url())).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
});

test.each([
  ['a name', () => `rediss://localhost:${redis.tlsPort}`],
  ['an address', () => `rediss://127.0.0.1:${redis.tlsPort}`],
  ['a scheme in capitals', () => `REDISS://localhost:${redis.tlsPort}`],
  ['the scheme of Valkey', () => `valkeys://localhost:${redis.tlsPort}`],
])('Redis is reached over TLS by %s', async (_, url) => {
  expect(await call(url(), trusting())).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
});

test.each<[string, () => string, number, RegExp]>([
  [
    'a server without TLS',
    () => `rediss://localhost:${redis.port}`,
    78,
    /the port does not speak TLS; use redis:\/\//,
  ],
  [
    'the same in capitals',
    () => `REDISS://localhost:${redis.port}`,
    78,
    /the port does not speak TLS; use redis:\/\//,
  ],
  [
    'a server that wants TLS, in plain text',
    () => `redis://localhost:${redis.tlsPort}`,
    78,
    /the port speaks TLS; use rediss:\/\//,
  ],
  [
    'another host',
    () => `rediss://127.0.0.2:${redis.tlsPort}`,
    78,
    /certificate .* \(ERR_TLS_CERT_ALT/,
  ],
])('a connection is refused, never downgraded: %s', async (_, url, code, words) => {
  // That is no outage, in which the job would be run unlocked.
  const result = await call(url(), { ...trusting() }, ['--on-redis-down', 'run']);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(words);
  expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
});

test('a certificate of an unknown authority is refused', async () => {
  const result = await call(`rediss://localhost:${redis.tlsPort}`);
  expect(result).toMatchObject({ code: 78, stdout: '' });
  expect(result.stderr).toMatch(/^redlock-run: [^\n]+ certificate is not accepted [^\n]+\n$/);
});

test('a socket that is not there is said to be unreachable', async () => {
  const result = await cli([
    '--key',
    'nightly',
    '-r',
    'unix:///no/redis.sock',
    '--redis-timeout',
    '200ms',
    '--',
    'true',
  ]);
  expect(result).toMatchObject({ code: 75, stdout: '' });
  expect(result.stderr).toContain('there is no such socket');
});
