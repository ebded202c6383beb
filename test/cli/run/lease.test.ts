import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli, type LiveCli, start } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { stateOf } from '../../support/processes.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeEach(async () => {
  redis = await startRedis();
});
afterEach(() => redis.stop());

const STATE = 'redlock-run:{nightly}:state';
const K = ['--key', 'nightly', '--slot', 'one', '--redis-timeout', '300ms'];
const LOOP = 'echo ready $$; while :; do sleep 0.05; done';

function holder(options: readonly string[], job = LOOP): LiveCli {
  return start([...K, ...options, '--', 'sh', '-c', job], {
    env: { REDIS_URL: redis.url },
    openStdin: true,
    within: 60_000,
  });
}
const pidOf = async (wrapper: LiveCli) => Number((await wrapper.waitForOutput(/ready (\d+)/))[1]);
const leaseEnds = async () =>
  Number(String(await redis.command('HGET', STATE, 'lease:1:one')).split(' ')[0]);

describe('a lease that cannot be renewed', () => {
  test('with `stop` ends the job before another node may start, with exit code 122', async () => {
    const args = ['--lease', '4s', '--on-lease-lost', 'stop', '--kill-after', '300ms'];
    const job = 'trap "" TERM; echo ready $$; while :; do date +alive%s%3N; sleep 0.05; done';
    const wrapper = holder(args, job);
    const pid = await pidOf(wrapper);
    const ends = await leaseEnds();
    redis.pause();
    const { code, stdout, stderr } = await wrapper.ended;
    redis.resume();
    expect(code).toBe(122);
    expect(stderr).toContain('redlock-run: the lease was lost; the job was ended\n');
    expect(stateOf(pid)).toBeUndefined();
    const signs = [...stdout.matchAll(/alive(\d+)/g)].map(([, at]) => Number(at));
    // Half a second is granted to a busy machine.
    expect(signs.at(-1)).toBeLessThan(ends + 500);
  });

  test('with `stop` cuts --kill-after short where the lease leaves no time for it', async () => {
    const args = ['--lease', '3s', '--on-lease-lost', 'stop', '--kill-after', '1h'];
    const wrapper = holder(args, `trap "" TERM; ${LOOP}`);
    const pid = await pidOf(wrapper);
    redis.pause();
    expect((await wrapper.ended).code).toBe(122);
    redis.resume();
    expect(stateOf(pid)).toBeUndefined();
  });

  test('before the job is run again keeps it from beginning', async () => {
    const args = ['--lease', '1s', '--on-lease-lost', 'stop', '--retries', '1'];
    const wrapper = holder([...args, '--retry-delay', '1h'], 'echo began; exit 3');
    await wrapper.waitForOutput('began');
    redis.pause();
    const { code, stdout, stderr } = await wrapper.ended;
    redis.resume();
    expect([code, stdout]).toEqual([3, 'began\n']);
    expect(stderr).toContain('the lease was lost before the next attempt; there is none\n');
    expect(stderr).not.toContain('while the job runs');
  });

  test('with `continue` is warned of once, and the job goes on', async () => {
    const wrapper = holder(['--lease', '1s'], 'echo ready $$; read line; exit 7');
    await wrapper.waitForOutput('ready');
    redis.pause();
    await wrapper.waitForOutput('the lease was lost');
    redis.resume();
    wrapper.process.stdin?.end('\n');
    const { code, stderr } = await wrapper.ended;
    expect(code).toBe(7);
    expect(stderr).toBe('redlock-run: the lease was lost while the job runs; it goes on\n');
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { outcome: 'failed', exit: '7', lease: 'lost' },
    ]);
  });

  test('because the wrapper was suspended is noticed on resuming', async () => {
    const wrapper = holder(['--lease', '1s', '--on-lease-lost', 'stop']);
    const pid = await pidOf(wrapper);
    wrapper.kill('SIGSTOP');
    const ends = await leaseEnds();
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(ends + 100);
    const other = await cli(['--key', 'nightly', '--slot', 'two', '--', 'echo', 'ran'], {
      env: { REDIS_URL: redis.url },
    });
    expect(other.stdout).toBe('ran\n');
    wrapper.kill('SIGCONT');
    expect((await wrapper.ended).code).toBe(122);
    expect(stateOf(pid)).toBeUndefined();
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { slot: 'one', outcome: 'died' },
      { slot: 'two', outcome: 'done' },
      { slot: 'one', outcome: 'failed', exit: '122', lease: 'lost' },
    ]);
  });
});

describe('a Redis that lost its data', () => {
  test('is told of the run again, so that nobody else wins the slot', async () => {
    const wrapper = holder(['--lease', '1s'], 'echo ready $$; read line');
    await wrapper.waitForOutput('ready');
    const fence = Number(await redis.command('HGET', STATE, 'fence'));
    await redis.command('FLUSHALL');
    await wrapper.waitForOutput('Redis had lost its data; slot and lease were stated again');
    const late = await cli([...K, '-v', '--', 'echo', 'ran'], { env: { REDIS_URL: redis.url } });
    expect(late).toMatchObject({ code: 0, stdout: '' });
    expect(late.stderr).toContain('and is running');
    wrapper.process.stdin?.end('\n');
    expect((await wrapper.ended).code).toBe(0);
    const next = await cli(
      ['--key', 'nightly', '--slot', 'two', '--', 'printenv', 'REDLOCK_RUN_FENCE'],
      {
        env: { REDIS_URL: redis.url },
      },
    );
    expect(Number(next.stdout)).toBeGreaterThan(fence);
  });

  test('and gave the slot to somebody else: the holder is told that its lease is lost', async () => {
    const wrapper = holder(['--lease', '2s'], 'echo ready $$; read line');
    await wrapper.waitForOutput('ready');
    await redis.command('FLUSHALL');
    const second = await cli([...K, '--', 'echo', 'ran'], { env: { REDIS_URL: redis.url } });
    expect(second.stdout).toBe('ran\n');
    await wrapper.waitForOutput('the lease was lost');
    wrapper.process.stdin?.end('\n');
    const { code, stderr } = await wrapper.ended;
    expect(code).toBe(0);
    expect(stderr).toContain("the run's end was not recorded: it is no longer ours");
  });
});

test('a job longer than ten leases keeps its own', async () => {
  const wrapper = holder(['--lease', '1s'], 'echo ready $$; read line');
  await wrapper.waitForOutput('ready');
  const begun = await leaseEnds();
  await expect.poll(leaseEnds, { timeout: 30_000, interval: 200 }).toBeGreaterThan(begun + 10_000);
  wrapper.process.stdin?.end('\n');
  expect(await wrapper.ended).toMatchObject({ code: 0, stderr: '' });
});

describe('a slot that comes during a run', () => {
  let first: LiveCli;
  beforeEach(async () => {
    first = holder([], 'echo ready $$; read line');
    await first.waitForOutput('ready');
  });
  const next = (options: readonly string[], job = 'echo ran') =>
    start(['--key', 'nightly', '--slot', 'two', '-v', ...options, '--', 'sh', '-c', job], {
      env: { REDIS_URL: redis.url },
      within: 60_000,
    });
  const endFirst = async () => {
    first.process.stdin?.end('\n');
    expect((await first.ended).code).toBe(0);
  };

  test('is skipped by default, and recorded as overlapped', async () => {
    const { code, stdout, stderr } = await next([]).ended;
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('came while the run of one');
    await endFirst();
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { slot: 'two', outcome: 'overlapped', by: 'one' },
      { slot: 'one', outcome: 'done' },
    ]);
  });

  test('runs beside it with `allow`', async () => {
    expect((await next(['--overlap', 'allow']).ended).stdout).toBe('ran\n');
    await endFirst();
  });

  test('waits for it with `wait`, and runs as soon as it has ended', async () => {
    const waiter = next(['--overlap', 'wait']);
    await waits();
    expect(waiter.stdout).toBe('');
    await endFirst();
    expect(await waiter.ended).toMatchObject({ code: 0, stdout: 'ran\n' });
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { slot: 'one', outcome: 'done' },
      { slot: 'two', outcome: 'done' },
    ]);
  });

  test('waits no longer than --wait-timeout', async () => {
    const waiter = await next(['--overlap', 'wait', '--wait-timeout', '500ms']).ended;
    expect([waiter.code, waiter.stdout]).toEqual([0, '']);
    expect(waiter.stderr).toContain('came while the run of one');
    await endFirst();
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { slot: 'two', outcome: 'overlapped' },
      { slot: 'one', outcome: 'done' },
    ]);
  });

  test('and is told to stop while it waits, does not run', async () => {
    const waiter = next(['--overlap', 'wait']);
    await waits();
    waiter.kill('SIGTERM');
    expect(await waiter.ended).toMatchObject({ code: 143, stdout: '' });
    await endFirst();
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { slot: 'two', outcome: 'aborted' },
      { slot: 'one', outcome: 'done' },
    ]);
  });

  const waits = () =>
    expect
      .poll(async () => String(await redis.command('INFO', 'clients')), { timeout: 20_000 })
      .toContain('blocked_clients:1\r');
});
