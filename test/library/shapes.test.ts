import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Failure, runOncePerSlot } from '../../src/index.js';
import { redisCoordinator } from '../../src/node-cron.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

/* What TypeScript refuses and a caller in JavaScript does all the same. Nothing of it comes as far as Redis. */

const KEY = 'job:2026-11-23T03:00:00.000Z';
const SECRET = 'redis://:secret@cache.example';
const task = () => 'must not run';

/** What comes of a call with any arguments. */
async function refusalOf(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<Failure> {
  try {
    // As a caller does whom no type checks.
    await Reflect.apply(fn, undefined, args);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw new Error('no Failure', { cause: error });
  }
  throw new Error('not refused');
}

async function expectUsage(refusal: Promise<Failure>, ...words: readonly string[]) {
  const { kind, message } = await refusal;
  expect(kind).toBe('usage');
  for (const word of words) expect(message).toContain(word);
  expect(message).not.toContain('secret');
  expect(message).not.toContain('\n');
}

const base = { key: 'job', slot: 'one' };
const calls: [string, (more: object) => Promise<Failure>][] = [
  ['runOncePerSlot', (more) => refusalOf(runOncePerSlot, { ...base, ...more }, task)],
  ['redisCoordinator', (more) => refusalOf(redisCoordinator, more)],
];

describe.each(calls)('%s refuses', (_, refusal) => {
  test('an option that does not exist, and names those that do', async () => {
    await expectUsage(refusal({ url: SECRET }), '"url"', 'redis,', 'onRedisDown', 'sentinelUser');
    await expectUsage(refusal({ constructor: 1 }), '"constructor"');
    await expectUsage(refusal({ redis_timeout: undefined }), '"redis_timeout"');
  });

  test.each<[string, readonly unknown[], string]>([
    ['winners', [0, '3', Number.NaN, 1.5, null], 'a whole number'],
    ['maxAttempts', [0, 101, '3'], 'a whole number'],
    ['replicas', [0, null], 'a whole number'],
    ['takeover', ['yes', 1, null], 'true or false'],
    ['overlap', ['Skip', null, {}], 'skip, allow or wait'],
    ['onRedisDown', ['unlocked', null, 5], 'give fail'],
    ['prefix', [null, 7, {}], 'text'],
    ['node', [null, 7, {}], 'text'],
    ['redis', [null, 6379, [null], new URL(SECRET)], 'a URL as text'],
    ['redisPassword', [null, 7, ['secret']], 'text'],
    ['redisCa', [Buffer.from('secret')], 'text'],
    ['redisTimeout', [null, {}, '10 seconds'], 's'],
    ['replicasTimeout', [null, 'soon'], ''],
    ['retain', [null, true], 'ms as a number'],
    ['lease', [null, [], true], 'ms as a number'],
    ['early', [null], '90s, 5m'],
    ['waitTimeout', [null, ''], '90s, 5m'],
    ['onNotRecorded', [5, null, 'x'], 'a function'],
  ])('%s of another shape', async (name, values, words) => {
    for (const value of values) await expectUsage(refusal({ [name]: value }), `${name}: `, words);
  });
});

test('runOncePerSlot refuses options of its own of another shape', async () => {
  const refusals: [string, unknown][] = [
    ['key', undefined],
    ['key', null],
    ['key', 7],
    ['schedule', null],
    ['timezone', 1],
    ['slot', new Date()],
    ['every', {}],
    ['jitter', null],
    ['retries', '2'],
    ['retryDelay', null],
    ['signal', new AbortController()],
    ['signal', null],
  ];
  for (const [name, value] of refusals) {
    const { slot: _, ...rest } = base;
    const options = { ...rest, [name]: value };
    await expectUsage(refusalOf(runOncePerSlot, options, task), `${name}: give `);
  }
  await expectUsage(refusalOf(runOncePerSlot, base), 'task: give a function');
});

test('what holds no options is refused', async () => {
  for (const options of [null, SECRET, new URL(SECRET), [SECRET], 6379, () => ({}), new Map()]) {
    const hint = "give an object like { redis: 'redis://cache' }";
    await expectUsage(refusalOf(redisCoordinator, options), hint);
    await expectUsage(refusalOf(runOncePerSlot, options, task), hint);
  }
  await expectUsage(refusalOf(runOncePerSlot, undefined, task), 'give an object');
});

test('an option that is given as undefined is not given', async () => {
  const options = { redis: undefined, lease: undefined, onOutcome: undefined };
  await Reflect.apply(redisCoordinator, undefined, [options]).close();
  const stopped = { ...base, ...options, signal: AbortSignal.abort(), onOutcome: undefined };
  await expectUsage(refusalOf(runOncePerSlot, stopped, task), '"onOutcome"');
});

test('options may come as a module', async () => {
  const module = { prefix: 'of-a-module', [Symbol.toStringTag]: 'Module' };
  await redisCoordinator(module).close();
});

test('a context of another realm is one, too', async () => {
  const coordinator = redisCoordinator();
  const run = coordinator.task(() => 'must not run');
  const date = runInNewContext('new Date(0)');
  await expect(Reflect.apply(run, undefined, [{ date }])).rejects.toThrow(/was not elected/);
  await coordinator.close();
});

describe('a coordinator refuses', () => {
  test('callbacks of another shape', async () => {
    for (const name of ['onOutcome', 'onLeaseLost']) {
      await expectUsage(refusalOf(redisCoordinator, { [name]: 5 }), `${name}: give a function`);
    }
  });

  test('what node-cron does not ask or tell', async () => {
    const coordinator = redisCoordinator();
    const { shouldRun, task, close } = coordinator;
    const on = (fn: (...args: never[]) => unknown) => fn.bind(coordinator);
    await expectUsage(refusalOf(on(shouldRun), KEY, undefined), 'distributedLease: give ms');
    await expectUsage(refusalOf(on(shouldRun), KEY, null), 'distributedLease: give ms');
    await expectUsage(refusalOf(on(shouldRun), undefined, 30_000), 'key: give text');
    await expectUsage(refusalOf(on(task), 'nightly'), 'task: give a function');
    await expectUsage(refusalOf(on(close), null), 'grace: give ms');
    const wrapped = coordinator.task(() => 'must not run');
    for (const context of [undefined, null, {}, { date: 'today' }]) {
      await expectUsage(refusalOf(wrapped, context), 'context: give what node-cron tells');
    }
    await coordinator.close();
  });
});
