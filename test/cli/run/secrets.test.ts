import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Proxy as Deaf, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const CANARY = 'Canary-7f3a';

let redis: RedisServer;
/** Has another password. */
let stranger: RedisServer;
let deaf: Deaf;
let folder: string;
beforeAll(async () => {
  redis = await startRedis({ config: { requirepass: CANARY } });
  stranger = await startRedis({ config: { requirepass: 'another' } });
  deaf = await startProxy(1, { deaf: true });
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterAll(async () => {
  await Promise.all([redis, stranger, deaf].map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

interface Given {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

let calls = 0;
/** The job says what it was given, and what ps shows of us. */
const JOB = ['sh', '-c', "env; tr '\\0' ' ' < /proc/$PPID/cmdline"];
const call = ({ args = [], env = {} }: Given, job: readonly string[] = JOB) => {
  const log = ++calls % 2 === 0 ? 'text' : 'json';
  const own = ['--key', 'nightly', '--slot', `${calls}`, '-v', '--log', log];
  return cli([...own, '--redis-timeout', '500ms', ...args, '--', ...job], { env });
};
/** Behind the user, if the URL has one. */
const withPassword = (url: string) => url.replace(/\/\/(?:(\w+)@)?/, `//$1:${CANARY}@`);
const fileOf = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** Where a password can be given for a URL that has none. */
const PLACES: Readonly<Record<string, (url: string) => Given>> = {
  REDLOCK_RUN_REDIS: (url) => ({ env: { REDLOCK_RUN_REDIS: withPassword(url) } }),
  REDIS_URL: (url) => ({ env: { REDIS_URL: withPassword(url) } }),
  REDIS_PASSWORD: (url) => ({ env: { REDIS_URL: url, REDIS_PASSWORD: CANARY } }),
  'the configuration file': (url) => ({
    args: ['--config', fileOf('config.yaml', `redis: ${withPassword(url)}\n`)],
  }),
  'a password file': (url) => ({
    args: ['-r', url, '--redis-password-file', fileOf('password', `${CANARY}\n`)],
  }),
  'the command line': (url) => ({ args: ['-r', withPassword(url)] }),
};
const PLACE_NAMES = Object.keys(PLACES);
const givenIn = (place: string, url: string): Given => PLACES[place]?.(url) ?? {};

describe.each(PLACE_NAMES)('a password in %s', (place) => {
  test('lets the job run, which does not get it', async () => {
    const { code, stdout, stderr } = await call(givenIn(place, redis.url));
    expect(code).toBe(0);
    expect(stdout).toContain('REDLOCK_RUN_KEY=nightly\n');
    expect(stdout).not.toContain(`${place}=`);
    const [environment = '', shown] = stdout.split(/^(?=\S+\/node )/m);
    expect(shown).toContain('--key nightly');
    expect(environment + stderr).not.toContain(CANARY);
    // What the user wrote is beyond us; that is why there is a warning.
    if (place !== 'the command line') expect(shown).not.toContain(CANARY);
  });

  test.each<[string, number, () => string]>([
    ['it is wrong', 77, () => stranger.url],
    ['the user is unknown', 77, () => redis.url.replace('//', '//me@')],
    ['the database is not there', 78, () => `${redis.url}/99`],
    ['nobody listens', 75, () => 'redis://127.0.0.1:1'],
    ['nobody answers', 75, () => deaf.url],
    ['TLS is not spoken', 78, () => redis.url.replace('redis:', 'rediss:')],
    ['a cluster is asked for a database', 78, () => 'redis+cluster://127.0.0.1:1/1'],
    ['the port is none', 78, () => 'redis://127.0.0.1:port'],
  ])('is not shown when %s', async (_, code, url) => {
    const result = await call(givenIn(place, url()));
    expect(result.stdout + result.stderr).not.toContain(CANARY);
    expect(result.stderr).not.toBe('');
    expect(result.code).toBe(code);
  });
});

describe('a password that we log in with', () => {
  test('is not taken from a job that has a Redis of its own', async () => {
    const env = {
      REDLOCK_RUN_REDIS: withPassword(redis.url),
      REDIS_URL: 'redis://:own@elsewhere',
      REDIS_PASSWORD: 'own',
      REDIS_SENTINEL_PASSWORD: 'own',
    };
    const { stdout } = await call({ env });
    expect(stdout).toContain('REDIS_URL=redis://:own@elsewhere\n');
    expect(stdout).toContain('REDIS_PASSWORD=own\n');
    expect(stdout).toContain('REDIS_SENTINEL_PASSWORD=own\n');
    expect(stdout).not.toContain(CANARY);
  });

  test.each([
    ['the scheme is wrong', `http://:${CANARY}@a`],
    ['the URL is none', `redis://:${CANARY}#@a b`],
    ['it is not encoded', `redis://:${CANARY}%zz@a`],
    ['it holds a slash', `redis://:${CANARY}/${CANARY}@a`],
    ['it holds an @', `redis://:${CANARY}@${CANARY}@a`],
    ['it is one of two', `redis://:${CANARY}@a redis://:${CANARY}@b`],
    ['it is one of three', `redis://:${CANARY}@a redis://:${CANARY}@a/1 redis://b`],
  ])('is not shown when %s', async (_, url) => {
    for (const name of ['REDIS_URL', 'REDLOCK_RUN_REDIS']) {
      const result = await call({ env: { [name]: url } });
      expect(result.stdout + result.stderr).not.toContain(CANARY);
      expect(result.stderr).toContain(`${name}`);
      expect(result.code).toBe(78);
    }
  });

  test('is not shown when the command is not there', async () => {
    const result = await call({ env: { REDIS_URL: withPassword(redis.url) } }, ['no-such-command']);
    expect(result.stdout + result.stderr).not.toContain(CANARY);
    expect(result.code).toBe(127);
  });

  test('is not shown when a file of secrets stands in the place of another file', async () => {
    const file = fileOf('secret', `${CANARY}\n`);
    const url = ['-r', 'rediss://127.0.0.1:1'];
    for (const args of [
      ['--config', file],
      [...url, '--redis-ca', file],
      [...url, '--redis-cert', file, '--redis-key', file],
      ['-r', redis.url, '--redis-password-file', fileOf('long', CANARY.repeat(1_000))],
    ]) {
      const result = await call({ args });
      expect(result.stdout + result.stderr).not.toContain(CANARY);
      expect(result.code).toBeGreaterThanOrEqual(77);
    }
  });

  test.each<[string, () => Given]>([
    ['a variable', () => ({ env: { REDIS_SENTINEL_PASSWORD: CANARY } })],
    ['a file', () => ({ args: ['--sentinel-password-file', fileOf('sentinel', CANARY)] })],
  ])('of Sentinels in %s is not shown when they are not there', async (_, given) => {
    const { args = [], env = {} } = given();
    const all = ['-r', 'redis+sentinel://127.0.0.1:1/main', '--sentinel-user', 'me', ...args];
    const result = await call({ args: all, env });
    expect(result.stdout + result.stderr).not.toContain(CANARY);
    expect(result.code).toBeGreaterThanOrEqual(75);
  });

  test.each(['skip', 'run'])('is not in the local record of --on-redis-down %s', async (policy) => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const record = join(folder, 'record.jsonl');
    const args = ['--on-redis-down', policy, '--local-record', record];
    const { code, stdout, stderr } = await call({
      args,
      env: { REDIS_URL: withPassword('redis://127.0.0.1:1') },
    });
    const kept = readFileSync(record, 'utf8');
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
    expect(kept).toContain('cannot reach Redis at redis://127.0.0.1:1');
    expect(kept + stdout + stderr).not.toContain(CANARY);
  });

  test('is not in what is kept in Redis', async () => {
    await call({ env: { REDIS_URL: withPassword(redis.url) } });
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
  const { code, stderr } = await cli(['--key', 'a', '--', 'true'], {
    env: { REDIS_URL: redis.url },
  });
  expect(code).toBe(77);
  expect(stderr).toMatch(
    /^redlock-run: Redis at [^\n]* wants a password; set REDIS_PASSWORD [^\n]*\n$/,
  );
});
