import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { Failure, type RunOncePerSlotOptions, runOncePerSlot } from '../../src/index.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let count = 0;
let options: RunOncePerSlotOptions;
beforeEach(() => {
  options = { key: `job-${++count}`, slot: 'one', redis: redis.url, node: 'node-1' };
});
const never = () => {
  throw new Error('must not run');
};

describe('runOncePerSlot', () => {
  test('gives the value of the task to the winner, and the winner to the losers', async () => {
    const won = await runOncePerSlot(options, async (run) => {
      expect(run).toMatchObject({ key: options.key, rank: 1, attempt: 1, node: 'node-1' });
      return run.fence;
    });
    if (won.kind !== 'ran') throw new Error(won.kind);
    expectTypeOf(won.value).toEqualTypeOf<number>();
    expect(won.value).toBe(won.run.fence);

    const lost = await runOncePerSlot(options, never);
    expect(lost).toMatchObject({
      kind: 'skipped',
      verdict: { kind: 'not-elected', rank: 2, holder: { node: 'node-1', state: 'done', exit: 0 } },
    });
  });

  test('runs one of twenty that call at once', async () => {
    const ran: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => runOncePerSlot(options, () => ran.push(i))),
    );
    expect(ran).toHaveLength(1);
  });

  test('passes on what the task throws, and records it as failed', async () => {
    const mishap = new Error('no disk');
    await expect(runOncePerSlot(options, () => Promise.reject(mishap))).rejects.toBe(mishap);
    expect(await runOncePerSlot(options, never)).toMatchObject({
      verdict: { holder: { state: 'failed', exit: 1 } },
    });
  });

  test('names the slot like the command line: by schedule, period or minute', async () => {
    const slotOf = async (more: Partial<RunOncePerSlotOptions>) => {
      const { slot: _, ...rest } = options;
      const outcome = await runOncePerSlot({ ...rest, ...more }, ({ slot }) => slot.id);
      return outcome.kind === 'ran' ? outcome.value : outcome.kind;
    };
    expect(await slotOf({ schedule: '0 3 * * *', timezone: 'Asia/Kolkata' })).toMatch(
      /T21:30:00Z$/,
    );
    expect(await slotOf({ every: '1h' })).toMatch(/:00:00Z$/);
    expect(await slotOf({ every: 3_600_000 })).toBe('skipped');
    // At a full hour the minute's slot is the hour's.
    expect(await slotOf({ key: 'minutely' })).toMatch(/:00Z$/);
  });

  test('tells the task when its lease is lost, and the caller that the end was not recorded', async () => {
    const own = await startRedis();
    const troubles: unknown[] = [];
    const outcome = await runOncePerSlot(
      {
        ...options,
        redis: own.url,
        lease: '1s',
        redisTimeout: '200ms',
        onNotRecorded: (run) => troubles.push(run),
      },
      async ({ leaseLost }) => {
        await own.stop();
        await new Promise((resolve) => leaseLost.addEventListener('abort', resolve));
        return 'went on';
      },
    );
    expect(outcome).toMatchObject({ kind: 'ran', value: 'went on' });
    expect(troubles).toHaveLength(1);
  });

  test('does not begin once it was told to stop, and claims nothing', async () => {
    const signal = AbortSignal.abort();
    expect(await runOncePerSlot({ ...options, signal }, never)).toMatchObject({ kind: 'stopped' });
    expect(await runOncePerSlot(options, () => 'first')).toMatchObject({ value: 'first' });
  });

  test('is told to stop while it waits for its jitter', async () => {
    const control = new AbortController();
    const waiting = runOncePerSlot({ ...options, jitter: '1h', signal: control.signal }, never);
    control.abort();
    expect(await waiting).toEqual({ kind: 'stopped', because: 'told' });
  });

  describe('when Redis is down', () => {
    const down = { redis: 'redis://127.0.0.1:1', redisTimeout: 200 };

    test('does not run the task, where that is wished, and says why', async () => {
      const outcome = await runOncePerSlot({ ...options, ...down, onRedisDown: 'skip' }, never);
      expect(outcome).toMatchObject({ kind: 'undecided', phase: 'bidding' });
      if (outcome.kind !== 'undecided') throw new Error(outcome.kind);
      expect(outcome.because.message).toContain('cannot reach Redis');
    });

    test('runs another one without a lock, where there is one', async () => {
      const outcome = await runOncePerSlot(
        {
          ...options,
          ...down,
          onRedisDown: (run) => {
            expectTypeOf(run).not.toHaveProperty('fence');
            expect(run).not.toHaveProperty('fence');
            expect(run).toMatchObject({ key: options.key, attempt: 1, node: 'node-1' });
            return run.unlocked.message;
          },
        },
        ({ fence }) => String(fence),
      );
      if (outcome.kind !== 'unlocked') throw new Error(outcome.kind);
      expectTypeOf(outcome.value).toEqualTypeOf<string>();
      expect(outcome).toMatchObject({ value: expect.stringContaining('cannot'), told: false });
    });

    test('passes on what that throws', async () => {
      const mishap = new Error('no disk');
      const onRedisDown = () => Promise.reject(mishap);
      const call = runOncePerSlot({ ...options, ...down, onRedisDown }, never);
      await expect(call).rejects.toBe(mishap);
    });
  });

  test.each<[string, Partial<RunOncePerSlotOptions>, string]>([
    ['key', { key: '' }, 'usage'],
    ['lease', { lease: '1ms' }, 'usage'],
    ['lease', { lease: Number.NaN }, 'usage'],
    ['redisTimeout', { redisTimeout: 1.5 }, 'usage'],
    ['winners', { winners: 0 }, 'usage'],
    ['jitter', { jitter: '2h' }, 'usage'],
    ['exclude each other', { every: '1h' }, 'usage'],
    ['redis', { redis: 'http://secret@x' }, 'config'],
    ['redis: two URLs', { redis: ['redis://a', 'redis://:secret@b'] }, 'config'],
    ['redisCa', { redisCa: '/no' }, 'usage'],
    ['redisIamCache', { redis: 'rediss://a', redisIamUser: 'me' }, 'usage'],
    ['redisPasswordFile', { redis: 'redis://:secret@a', redisPasswordFile: '/no' }, 'usage'],
    ['"/no"', { redisPasswordFile: '/no' }, 'config'],
    ['no password', { redisPassword: 'secret' }, 'denied'],
    ['cannot reach', { redis: 'redis://127.0.0.1:1', redisTimeout: 100 }, 'unavailable'],
  ])('refuses with a Failure that names %s: %j', async (name, more, kind) => {
    const error: unknown = await runOncePerSlot({ ...options, ...more }, never).catch((e) => e);
    if (!(error instanceof Failure)) throw new Error(`no Failure: ${error}`);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(name);
    expect(error.message).not.toContain('secret');
  });
});
