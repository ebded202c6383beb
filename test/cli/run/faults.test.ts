import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli, start } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Fault, type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let proxy: RedisProxy | undefined;
let folder: string;
/** What the jobs themselves write, so that runs are counted without asking Redis. */
let runs: string;

beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'faults-'));
  runs = join(folder, 'runs');
  appendFileSync(runs, '');
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const K = ['--key', 'nightly', '--slot', 'one'];
const STATE = 'redlock-run:{nightly}:state';
const JOB = ['--', 'sh', '-c', 'echo ran >> "$RUNS"'];
const call = (args: readonly string[], url = redis.url) =>
  cli(args, { env: { REDIS_URL: url, RUNS: runs } });
const counted = () => readFileSync(runs, 'utf8').split('\n').length - 1;

/** A fault for the first `times` EVALs over all connections. */
const first = (times: number, fault: Fault) => {
  let left = times;
  return ({ args }: { args: readonly string[] }) =>
    /^eval$/i.test(args[0] ?? '') && left-- > 0 ? fault : undefined;
};

describe('when the answer to the claim is unknown, it is asked again as the same owner:', () => {
  test.each<[string, Fault]>([
    ['the reply is lost and the connection reset', 'lose-reply'],
    ['the reply is lost in silence', 'swallow-reply'],
    ['the reply is cut off', 'cut-reply'],
    ['the reply stalls', 'stall-reply'],
    ['the request is lost', 'lose-request'],
    ['the request is lost in silence', 'swallow-request'],
  ])('%s', async (_, fault) => {
    proxy = await startProxy(redis.port, { fault: first(1, fault) });
    const winner = await call([...K, ...JOB], proxy.url);
    expect(winner).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(counted()).toBe(1);
    expect(await redis.command('GET', 'redlock-run:{nightly}:slot:one')).toBe('1');
    expect(await call([...K, ...JOB])).toMatchObject({ code: 0, stderr: '' });
    expect(counted()).toBe(1);
  });

  test('of six nodes whose first replies are all lost, one runs', async () => {
    proxy = await startProxy(redis.port, { fault: first(6, 'lose-reply') });
    const { url } = proxy;
    const results = await Promise.all(Array.from({ length: 6 }, () => call([...K, ...JOB], url)));
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, '']));
    expect(counted()).toBe(1);
  });

  test('a slow answer is waited for', async () => {
    proxy = await startProxy(redis.port, { fault: () => ({ delay: 1_500 }) });
    expect(await call([...K, ...JOB], proxy.url)).toMatchObject({ code: 0, stderr: '' });
    expect(counted()).toBe(1);
  });
});

describe('when there is no Redis', () => {
  const within = ['--redis-timeout', '700ms'];

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'it refuses',
      () => redis.stop(),
      /cannot reach Redis at redis:\/\/127.0.0.1:\d+: connection ref/,
    ],
    ['it hangs', async () => redis.pause(), /gave no answer within/],
  ])('and %s, the exit code is 75 within the deadline and nothing runs', async (_, fail, words) => {
    await fail();
    const result = await call([...within, ...K, ...JOB]);
    expect(result.code).toBe(75);
    expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    expect(result.stderr).toMatch(words);
    expect(counted()).toBe(0);
  });

  test('but it comes back before the deadline, the job runs', async () => {
    await redis.kill9();
    const waiting = start(['--redis-timeout', '20s', ...K, ...JOB], {
      env: { REDIS_URL: redis.url, RUNS: runs },
    });
    await redis.restart();
    expect(await waiting.ended).toMatchObject({ code: 0, stderr: '' });
    expect(counted()).toBe(1);
  });

  test('a call that is told to stop does not go on asking', async () => {
    const deaf = await startProxy(redis.port, { deaf: true });
    proxy = deaf;
    const waiting = start(['--redis-timeout', '1m', ...K, ...JOB], {
      env: { REDIS_URL: deaf.url, RUNS: runs },
    });
    await expect.poll(() => deaf.connections).toBeGreaterThan(0);
    waiting.kill('SIGTERM');
    const { code, ms } = await waiting.ended;
    expect(code).toBe(75);
    expect(ms).toBeLessThan(15_000);
    expect(counted()).toBe(0);
  });
});

describe('when Redis goes away while the job runs', () => {
  test('its result is the exit code, with one warning', async () => {
    const job = ['--', 'sh', '-c', 'echo up; read line; exit 7'];
    const winner = start(['--redis-timeout', '500ms', ...K, ...job], {
      env: { REDIS_URL: redis.url },
      openStdin: true,
    });
    await winner.waitForOutput('up');
    await redis.kill9();
    winner.process.stdin?.end('\n');
    const result = await winner.ended;
    expect(result).toMatchObject({ code: 7, stdout: 'up\n' });
    expect(result.stderr).toMatch(
      /^redlock-run: the run's end was not recorded: cannot reach [^\n]+\n$/,
    );
  });

  test('for longer than the lease, that is said once and the job goes on', async () => {
    const job = ['--', 'sh', '-c', 'echo up; read line; exit 7'];
    const winner = start(['--redis-timeout', '300ms', '--lease', '1s', ...K, ...job], {
      env: { REDIS_URL: redis.url },
      openStdin: true,
    });
    await winner.waitForOutput('up');
    await redis.kill9();
    await winner.waitForOutput('the lease was lost');
    winner.process.stdin?.end('\n');
    const result = await winner.ended;
    expect(result.code).toBe(7);
    expect(result.stderr.match(/the lease was lost while the job runs; it goes on/g)).toHaveLength(
      1,
    );
  });

  test('and comes back, the end is recorded', async () => {
    const job = ['--', 'sh', '-c', 'echo up; read line; exit 7'];
    const winner = start([...K, ...job], { env: { REDIS_URL: redis.url }, openStdin: true });
    await winner.waitForOutput('up');
    await redis.pause();
    winner.process.stdin?.end('\n');
    redis.resume();
    expect(await winner.ended).toMatchObject({ code: 7, stderr: '' });
    expect(await redis.command('HGET', 'redlock-run:{nightly}:run:one', 'exit:1')).toBe('7');
  });
});

test('a connection whose other end vanished without a word is given up before the lease ends', async () => {
  // As after a router forgot it, or a machine lost power: nothing is refused, nothing is answered.
  let isHalfOpen = false;
  proxy = await startProxy(redis.port, {
    fault: ({ connection }) => (isHalfOpen && connection === 1 ? 'swallow-request' : undefined),
  });
  const winner = start(['--lease', '2s', ...K, '--', 'sh', '-c', 'echo up; read line'], {
    env: { REDIS_URL: proxy.url },
    openStdin: true,
  });
  await winner.waitForOutput('up');
  isHalfOpen = true;
  const lease = async () =>
    Number(String(await redis.command('HGET', STATE, 'lease:1:one')).split(' ')[0]);
  const begun = await lease();
  await expect.poll(lease, { timeout: 10_000 }).toBeGreaterThan(begun + 2_000);
  expect(proxy.connections).toBeGreaterThan(1);
  winner.process.stdin?.end('\n');
  expect(await winner.ended).toMatchObject({ code: 0, stderr: '' });
});

test('the lease of a job that lives longer than it is kept', async () => {
  const job = ['--', 'sh', '-c', 'echo up; read line'];
  const winner = start(['--lease', '1s', ...K, ...job], {
    env: { REDIS_URL: redis.url },
    openStdin: true,
  });
  await winner.waitForOutput('up');
  const lease = async () =>
    Number(String(await redis.command('HGET', STATE, 'lease:1:one')).split(' ')[0]);
  const begun = await lease();
  await expect.poll(lease, { timeout: 5_000 }).toBeGreaterThan(begun + 1_000);
  const later = await call(['--key', 'nightly', '--slot', 'two', '-v', ...JOB]);
  expect(later.stderr).toContain('is alive');
  winner.process.stdin?.end('\n');
  expect(await winner.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await redis.command('HEXISTS', STATE, 'lease:1:one')).toBe(0);
});
