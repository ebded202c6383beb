import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, start } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { listensForSignals } from '../../support/processes.js';
import { type Proxy as Counter, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let proxy: Counter;
beforeEach(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.port);
});
afterEach(async () => {
  await proxy.stop();
  await redis.stop();
});

const node = (jitter: string, more: readonly string[] = [], job = 'echo ran') =>
  start(['-k', 'nightly', '--jitter', jitter, ...more, '--', 'sh', '-c', job], {
    env: { REDIS_URL: proxy.url },
    within: 60_000,
  });

test('a fleet that starts at once comes one by one, and one of it runs the job', async () => {
  const fleet = Array.from({ length: 12 }, () => node('4s', ['--slot', 'one']));
  const results = await Promise.all(fleet.map(({ ended }) => ended));
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  expect(results.filter(({ stdout }) => stdout === 'ran\n')).toHaveLength(1);
  const times = results.map(({ ms }: CliResult) => ms).sort((a, b) => a - b);
  // Twelve waits below 4 s that all fall into one second: once in 300,000 fleets.
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_000);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the wait: nothing is asked, so that another node can win',
  async (signal) => {
    const waiting = node('1h', ['--slot', 'one', '-v']);
    await expect.poll(() => listensForSignals(waiting.pid), { timeout: 10_000 }).toBe(true);
    waiting.kill(signal);
    const { code, stdout, stderr } = await waiting.ended;
    expect(code).toBe(signal === 'SIGTERM' ? 143 : 130);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `redlock-run: told to stop by ${signal} before the job began; it is not run\n`,
    );
    expect(proxy.connections).toBe(0);
  },
);

test('the slot is the one at which the node began to wait', async () => {
  const before = Date.now();
  const { stdout } = await node(
    '900ms',
    ['--every', '1s', '--late', '1m'],
    'echo "$REDLOCK_RUN_SLOT"',
  ).ended;
  const slot = Date.parse(stdout.trim());
  expect(slot).toBeGreaterThan(before - 1_000);
  expect(slot).toBeLessThanOrEqual(Date.now());
});
