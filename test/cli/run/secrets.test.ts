import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const CANARY = 'Canary-7f3a';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis({ config: { requirepass: CANARY } });
});
afterAll(() => redis.stop());

let slots = 0;
const call = (env: Record<string, string>, args: readonly string[] = [], job = ['env']) =>
  cli(['--key', 'nightly', '--slot', `${++slots}`, '-v', ...args, '--', ...job], { env });
const withPassword = (port = redis.port) => `redis://:${CANARY}@127.0.0.1:${port}`;

describe('a password that we log in with', () => {
  test.each<[string, () => Record<string, string>]>([
    ['REDIS_URL', () => ({ REDIS_URL: withPassword() })],
    ['REDLOCK_RUN_REDIS', () => ({ REDLOCK_RUN_REDIS: withPassword() })],
    ['REDIS_PASSWORD', () => ({ REDIS_URL: redis.url, REDIS_PASSWORD: CANARY })],
  ])('in %s lets the job run, which does not get it', async (name, env) => {
    const { code, stdout, stderr } = await call(env());
    expect(code).toBe(0);
    expect(stdout).toContain('REDLOCK_RUN_KEY=nightly');
    expect(stdout).not.toContain(`${name}=`);
    expect(stdout + stderr).not.toContain(CANARY);
  });

  test('is not taken from a job that has a Redis of its own', async () => {
    const env = {
      REDLOCK_RUN_REDIS: withPassword(),
      REDIS_URL: 'redis://:own@elsewhere',
      REDIS_PASSWORD: 'own',
    };
    const { stdout } = await call(env);
    expect(stdout).toContain('REDIS_URL=redis://:own@elsewhere\n');
    expect(stdout).toContain('REDIS_PASSWORD=own\n');
    expect(stdout).not.toContain(CANARY);
  });

  test.each<[string, number, () => Record<string, string>, string[]]>([
    ['it is wrong', 77, () => ({ REDIS_URL: `redis://:x${CANARY}@127.0.0.1:${redis.port}` }), []],
    [
      'the user is wrong',
      77,
      () => ({ REDIS_URL: `redis://me:${CANARY}@127.0.0.1:${redis.port}` }),
      [],
    ],
    ['the database is wrong', 78, () => ({ REDIS_URL: `${withPassword()}/99` }), []],
    ['nobody listens', 75, () => ({ REDIS_URL: withPassword(1) }), ['--redis-timeout', '200ms']],
    ['the scheme is wrong', 78, () => ({ REDIS_URL: `http://:${CANARY}@a` }), []],
    ['the URL is none', 78, () => ({ REDIS_URL: `redis://:${CANARY}#@a b` }), []],
    ['it is not encoded', 78, () => ({ REDIS_URL: `redis://:${CANARY}%zz@a` }), []],
    [
      'TLS is not spoken',
      75,
      () => ({ REDIS_URL: withPassword().replace('redis:', 'rediss:') }),
      ['--redis-timeout', '500ms'],
    ],
    ['the command is not there', 127, () => ({ REDIS_URL: withPassword() }), []],
  ])('is not shown when %s', async (_, code, env, args) => {
    for (const log of ['text', 'json']) {
      const job = code === 127 ? ['no-such-command'] : ['env'];
      const result = await call(env(), [...args, '--log', log], job);
      expect(result.stdout + result.stderr).not.toContain(CANARY);
      expect(result.stderr).not.toBe('');
      expect(result.code).toBe(code);
    }
  });

  test('is not in what is kept in Redis', async () => {
    await call({ REDIS_URL: withPassword() });
    const keys = [await redis.command('KEYS', '*')].flat().map(String);
    expect(keys).not.toHaveLength(0);
    for (const key of keys) {
      const type = await redis.command('TYPE', key);
      const read = {
        hash: ['HGETALL', key],
        stream: ['XRANGE', key, '-', '+'],
        set: ['SMEMBERS', key],
        zset: ['ZRANGE', key, '0', '-1'],
      }[String(type)];
      const value = await redis.command(...(read ?? ['GET', key]));
      expect(JSON.stringify(value)).not.toContain(CANARY);
    }
  });
});

test('no password: one line says what to set', async () => {
  const { code, stderr } = await call({ REDIS_URL: redis.url });
  expect(code).toBe(77);
  expect(stderr).toMatch(
    /^redlock-run: Redis at [^\n]* wants a password; set REDIS_PASSWORD [^\n]*\n$/,
  );
});
