import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cli, start } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let jobs = 0;
let key: string;
beforeEach(() => {
  key = `job-${++jobs}`;
});
const run = (options: readonly string[], job: string) =>
  cli(['--key', key, '--slot', 'one', ...options, '--', 'sh', '-c', job], {
    env: { REDIS_URL: redis.url },
  });
const SAY = 'echo "$REDLOCK_RUN_ATTEMPT $REDLOCK_RUN_FENCE"';
const SOON = ['--retry-delay', '10ms'];

describe('a job that fails', () => {
  test('is run again on the same node until it ends well, each time with a higher fence', async () => {
    const job = `${SAY}; [ "$REDLOCK_RUN_ATTEMPT" = 3 ]`;
    const { code, stdout, stderr } = await run(['--retries', '5', ...SOON], job);
    expect([code, stderr]).toEqual([0, '']);
    const said = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    expect(said.map(([attempt]) => attempt)).toEqual([1, 2, 3]);
    const fences = said.map(([, fence]) => fence ?? 0);
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(await historyOf(redis, key)).toMatchObject([
      { attempt: '1', outcome: 'failed', exit: '1', fence: String(fences[0]) },
      { attempt: '2', outcome: 'failed', exit: '1', fence: String(fences[1]) },
      { attempt: '3', outcome: 'done', exit: '0', fence: String(fences[2]) },
    ]);
  });

  test('is run as often as allowed, and its last exit code is passed on', async () => {
    const { code, stdout } = await run(['--retries', '2', ...SOON], `${SAY}; exit 9`);
    expect(code).toBe(9);
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  test.each([
    ['4', 1],
    ['3,75', 3],
  ])('with exit code 3 and --retry-on %s is run %i time(s)', async (codes, times) => {
    const options = ['--retries', '2', '--retry-on', codes, ...SOON];
    const { code, stdout } = await run(options, `${SAY}; exit 3`);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toHaveLength(times);
  });

  test('is not run again once the wrapper was told to stop', async () => {
    const args = ['--key', key, '--slot', 'one', '--retries', '5', '--retry-delay', '1h'];
    const wrapper = start([...args, '--', 'sh', '-c', 'echo failed; exit 3'], {
      env: { REDIS_URL: redis.url },
    });
    await wrapper.waitForOutput('failed');
    wrapper.kill('SIGTERM');
    expect(await wrapper.ended).toMatchObject({ code: 3, stdout: 'failed\n' });
  });

  test('keeps the lease while it waits for its next attempt', async () => {
    const options = ['--retries', '1', '--retry-delay', '3s', '--lease', '1s'];
    const { code, stdout, stderr } = await run(options, `${SAY}; exit 3`);
    expect([code, stderr]).toEqual([3, '']);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });
});

describe('--keep-output', () => {
  const last = async () => (await historyOf(redis, key)).at(-1);

  test('keeps the last 4 KiB of stderr of a job that failed, and passes all of it on', async () => {
    const job = 'seq 1 100000 >&2; printf end >&2; exit 3';
    const { code, stderr } = await run(['--keep-output'], job);
    expect(code).toBe(3);
    expect(stderr).toHaveLength(588_898);
    const output = (await last())?.output ?? '';
    expect(output).toHaveLength(4_096);
    expect(stderr.endsWith(output)).toBe(true);
  });

  test('keeps nothing of a job that ended well, or when it was not asked for', async () => {
    await run(['--keep-output'], 'echo secret >&2');
    expect(await last()).not.toHaveProperty('output');
    key = `job-${++jobs}`;
    await run([], 'echo secret >&2; exit 1');
    expect(await last()).not.toHaveProperty('output');
  });

  test('neither loses a byte nor stops the clock when its reader is slow', async () => {
    const wrapper = start(
      [
        ...['--key', key, '--slot', 'one', '--keep-output', '--timeout', '1s', '--lease', '1s'],
        ...['--', 'sh', '-c', 'seq 1 60000 >&2; sleep 60'],
      ],
      { env: { REDIS_URL: redis.url }, within: 60_000 },
    );
    wrapper.process.stderr?.pause();
    // The job is ended in time, and its lease is kept, although nobody takes what it says.
    await expect
      .poll(() => redis.command('EXISTS', `redlock-run:{${key}}:run:one`), { timeout: 10_000 })
      .toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    wrapper.process.stderr?.resume();
    const { code, stderr } = await wrapper.ended;
    expect(code).toBe(124);
    const said = stderr.split('\n').filter((line) => /^\d+$/.test(line));
    expect(said).toEqual(said.map((_, i) => `${i + 1}`));
    expect(stderr).not.toContain('lease was lost');
  });

  test('says nothing of its own, however many attempts there are', async () => {
    const options = ['--keep-output', '--retries', '12', '--retry-delay', '0s'];
    expect(await run(options, 'exit 3')).toMatchObject({ code: 3, stderr: '' });
  });

  test('does not wait for a process in the background that holds the stream', async () => {
    const job = 'sleep 30 >/dev/null & echo $!; echo failed >&2; exit 3';
    const { code, stdout, ms } = await run(['--keep-output'], job);
    process.kill(Number(stdout), 'SIGKILL');
    expect(code).toBe(3);
    expect(ms).toBeLessThan(20_000);
    expect((await last())?.output).toBe('failed\n');
  });
});

test('every run leaves a record of who, when, how and with what', async () => {
  await run([], 'exit 3');
  expect(await historyOf(redis, key)).toEqual([
    {
      slot: 'one',
      rank: '1',
      node: expect.any(String),
      owner: expect.stringMatching(/^[0-9a-f]{32}$/),
      attempt: '1',
      fence: expect.stringMatching(/^\d{16}$/),
      started: expect.stringMatching(/^\d{13}$/),
      ended: expect.stringMatching(/^\d{13}$/),
      command: expect.stringMatching(/^[0-9a-f]{16}$/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      outcome: 'failed',
      exit: '3',
      bids: '1',
    },
  ]);
});

test('the record of a slot with an instant says how late the first and the last bid were', async () => {
  const args = ['--key', key, '--every', '1h', '--', 'sh', '-c', 'exit 0'];
  await cli(args, { env: { REDIS_URL: redis.url } });
  const [record] = await historyOf(redis, key);
  expect(Number(record?.first)).toBeGreaterThan(-30_000);
  expect(Number(record?.last)).toBeGreaterThanOrEqual(Number(record?.first));
});
