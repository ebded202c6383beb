import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aclUser } from './acl-user.js';
import { makeCertificates } from './certificates.js';
import { cli, start } from './cli.js';
import { failOnLeaks } from './leaks.js';
import { stateOf } from './processes.js';
import { onNth, startProxy } from './proxy.js';
import { connectRedis } from './redis-client.js';
import { type RedisServer, startRedis } from './redis-server.js';

failOnLeaks();

describe('a real server', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('answers', async () => {
    expect(await redis.command('SET', 'a', 'ä')).toBe('OK');
    expect(await redis.command('GET', 'a')).toBe('ä');
    expect(await redis.command('MGET', 'a', 'b')).toEqual(['ä', null]);
    await expect(redis.command('INCR', 'a')).rejects.toThrow('not an integer');
  });

  test('can be started anew on the same port', async () => {
    const { pid } = redis;
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(stateOf(pid)).toBeUndefined();
    expect(await redis.command('PING')).toBe('PONG');
  });

  test('can be paused', async () => {
    await redis.pause();
    const answer = redis.command('PING');
    expect(await Promise.race([answer, 'silent'])).toBe('silent');
    redis.resume();
    expect(await answer).toBe('PONG');
  });
});

test('a server keeps what it was told to keep, over kill -9, and leaves no file in the end', async () => {
  const redis = await startRedis({
    config: { requirepass: 'secret', appendonly: 'yes', appendfsync: 'always' },
  });
  await redis.command('SET', 'a', '1');
  await redis.kill9();
  await redis.restart();
  expect(await redis.command('GET', 'a')).toBe('1');
  const stranger = await connectRedis(redis.port);
  await expect(stranger.command('GET', 'a')).rejects.toThrow('NOAUTH');
  stranger.close();
  await redis.stop();
  expect(existsSync(redis.folder)).toBe(false);
});

test('a server that cannot start says why', async () => {
  await expect(startRedis({ config: { maxmemory: 'much' } })).rejects.toThrow('maxmemory');
});

test('a program that is missing is named with its package', async () => {
  vi.stubEnv('PATH', '/nowhere');
  try {
    await expect(startRedis()).rejects.toThrow('apt-get install redis-server');
    expect(() => makeCertificates()).toThrow('apt-get install openssl');
  } finally {
    vi.unstubAllEnvs();
  }
});

test('a server is asked over a new connection when it closed ours', async () => {
  const redis = await startRedis();
  const asked = await Promise.all([1, 2].map(() => redis.command('CLIENT', 'ID')));
  expect(asked[0]).toBe(asked[1]);
  const other = await redis.connect();
  await other.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  other.close();
  await expect.poll(() => redis.command('CLIENT', 'ID').catch(String)).toBe(Number(asked[0]) + 2);
  await redis.stop();
});

test('a server may be awake, paused or dead', async () => {
  const redis = await startRedis();
  expect(redis.isAwake).toBe(true);
  await redis.pause();
  expect(redis.isAwake).toBe(false);
  redis.resume();
  expect(redis.isAwake).toBe(true);
  await redis.kill9();
  expect(redis.isAwake).toBe(false);
  await expect(redis.pause()).rejects.toThrow('dead');
  await redis.stop();
});

test('a user of a server may do what it was given, by its password', async () => {
  const redis = await startRedis();
  const login = await aclUser(redis, 'app', ['~a', '+get'], 'secret');
  const client = await redis.connect(login);
  expect(await client.command('GET', 'a')).toBe(null);
  await expect(client.command('GET', 'b')).rejects.toThrow('NOPERM');
  await expect(client.command('SET', 'a', 1)).rejects.toThrow('NOPERM');
  client.close();
  await expect(redis.connect({ ...login, password: 'wrong' })).rejects.toThrow('WRONGPASS');
  await redis.stop();
});

describe('a proxy', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('counts connections and requests', async () => {
    const proxy = await startProxy(redis.port);
    const [one, two] = await Promise.all([connectRedis(proxy.port), connectRedis(proxy.port)]);
    const third = proxy.seen(3);
    await one.command('PING');
    await two.command('ECHO', 'x');
    await one.command('PING');
    expect((await third).args).toEqual(['PING']);
    expect(proxy.connections).toBe(2);
    expect(proxy.requests.map(({ args }) => args[0])).toEqual(['PING', 'ECHO', 'PING']);
    one.close();
    two.close();
    await proxy.stop();
  });

  test.each([
    ['lose-reply', 2],
    ['cut-reply', 2],
    ['lose-request', 1],
  ] as const)('with %s breaks the connection', async (fault, expected) => {
    await redis.command('SET', 'n', 1);
    const proxy = await startProxy(redis.port, { fault: onNth(fault, 1, /^incr$/i) });
    const client = await connectRedis(proxy.port);
    await client.command('PING');
    await expect(client.command('INCR', 'n')).rejects.toThrow();
    await proxy.stop();
    expect(await redis.command('GET', 'n')).toBe(String(expected));
  });

  test.each([
    ['swallow-reply', 2],
    ['stall-reply', 2],
    ['swallow-request', 1],
  ] as const)('with %s is silent', async (fault, expected) => {
    await redis.command('SET', 'n', 1);
    const proxy = await startProxy(redis.port, { fault: onNth(fault, 1, /^incr$/i) });
    const client = await connectRedis(proxy.port);
    const answer = client.command('INCR', 'n').then(
      () => 'answered',
      () => 'closed',
    );
    await proxy.seen(1);
    const other = await connectRedis(proxy.port);
    await other.command('PING');
    expect(await Promise.race([answer, 'silent'])).toBe('silent');
    await expect.poll(() => redis.command('GET', 'n')).toBe(String(expected));
    other.close();
    client.close();
    expect(await answer).toBe('closed');
    await proxy.stop();
  });

  test('can answer anything in the place of the server, or late', async () => {
    const proxy = await startProxy(redis.port, {
      fault: ({ args: [name] }) => (name === 'PING' ? { replyWith: '+GONG\r\n' } : { delay: 50 }),
    });
    const client = await connectRedis(proxy.port);
    expect(await client.command('PING')).toBe('GONG');
    const since = performance.now();
    expect(await client.command('ECHO', 'x')).toBe('x');
    expect(performance.now() - since).toBeGreaterThan(45);
    client.close();
    await proxy.stop();
  });

  test('can be deaf', async () => {
    const proxy = await startProxy(redis.port, { deaf: true });
    const client = await connectRedis(proxy.port);
    const answer = client.command('PING').catch(() => 'closed');
    expect(await Promise.race([answer, 'silent'])).toBe('silent');
    expect(proxy.requests).toEqual([]);
    client.close();
    expect(await answer).toBe('closed');
    await proxy.stop();
  });
});

describe('the real command', () => {
  test('runs to its end', async () => {
    const { code, stdout, stderr } = await cli(['--version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('can be watched and killed', async () => {
    const redis = await startRedis();
    const job = start(['--key', 'a', '--', 'sh', '-c', 'echo ready $$; exec sleep 60'], {
      env: { REDIS_URL: redis.url },
    });
    const [, pid] = await job.waitForOutput(/ready (\d+)/);
    expect(stateOf(Number(pid))).toBeDefined();
    job.kill('SIGTERM');
    expect((await job.ended).code).toBe(143);
    await redis.stop();
  });
});
