import cron, { type RunCoordinator, type TaskFn, type TaskOptions } from 'node-cron';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  test,
} from 'vitest';
import {
  Failure,
  type RedisCoordinator,
  type RedisCoordinatorOptions,
  type RunContext,
  redisCoordinator,
  type TaskContext,
  type TickOutcome,
  type UnlockedRun,
} from '../../../src/node-cron.js';
import { cli } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { leaseEnd } from '../../support/lease-end.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let count = 0;
let name: string;
const opened: RedisCoordinator<RunContext | UnlockedRun>[] = [];
beforeEach(() => {
  name = `job-${++count}`;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((coordinator) => coordinator.close(0)));
});

/** What node-cron's default is. */
const TTL = 30_000;

function open(options: RedisCoordinatorOptions & { onRedisDown?: 'fail' | 'skip' } = {}) {
  const coordinator = redisCoordinator({ redis: redis.url, node: 'app', ...options });
  opened.push(coordinator);
  return coordinator;
}

/** A second of the last minute: each is a slot. */
const START = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const at = (second: number) => new Date(START + second * 1000);
const slotId = (second: number) => at(second).toISOString().replace('.000Z', 'Z');
/** What node-cron gives the coordinator, and a task's function. */
const key = (second: number) => `${name}:${at(second).toISOString()}`;
const context = (second: number): TaskContext => ({ date: at(second), task: { name } });

const stateOf = (second: number) =>
  redis.command('HGET', `redlock-run:{${name}}:run:${slotId(second)}`, 'state:1');

test('is what node-cron calls a coordinator, and its tasks what node-cron calls a function', () => {
  expectTypeOf<RedisCoordinator>().toExtend<RunCoordinator>();
  const coordinator = open();
  const fn = coordinator.task(async (context, run) => {
    expectTypeOf(run).toEqualTypeOf<RunContext>();
    expectTypeOf(context).toExtend<TaskContext>();
  });
  expectTypeOf(fn).toExtend<TaskFn>();
  const options: TaskOptions = { name, distributed: true, runCoordinator: coordinator };
  const task = cron.createTask(
    '* * * * *',
    // What node-cron tells is told in full.
    coordinator.task(({ dateLocalIso }, { fence }) => `${dateLocalIso} ${fence}`),
    options,
  );
  expect(task.name).toBe(name);
  task.destroy();
});

test('of twenty processes one runs a tick, under the keys of the command line', async () => {
  const coordinators = Array.from({ length: 20 }, () => open());
  const answers = await Promise.all(coordinators.map((one) => one.shouldRun(key(0), TTL)));
  expect(answers.filter((answer) => answer)).toHaveLength(1);
  expect(await redis.command('GET', `redlock-run:{${name}}:slot:${slotId(0)}`)).toBe('20');

  expect(await stateOf(0)).toBe('running');
  await coordinators[answers.indexOf(true)]?.onComplete(key(0));
  expect(await stateOf(0)).toBe('done');
  expect(await historyOf(redis, name)).toMatchObject([
    { slot: slotId(0), outcome: 'done', exit: '0' },
  ]);
});

describe('a crontab node and an application share a job', () => {
  // A slot of a day, so that none ends in the midst of this.
  const line = (...more: string[]) =>
    cli(
      [
        '--key',
        name,
        '--schedule',
        '0 0 * * *',
        '--timezone',
        'UTC',
        ...more,
        '--',
        'printenv',
        'REDLOCK_RUN_SLOT',
      ],
      { env: { REDIS_URL: redis.url, REDLOCK_RUN_NODE: 'cron' } },
    );
  const keyOf = (slot: string) => `${name}:${new Date(slot.trim()).toISOString()}`;

  test('where cron is first, the application does not run', async () => {
    const outcomes: TickOutcome[] = [];
    const { stdout: slot } = await line();
    const app = open({ onOutcome: (outcome) => outcomes.push(outcome) });
    expect(await app.shouldRun(keyOf(slot), TTL)).toBe(false);
    expect(outcomes).toMatchObject([
      {
        key: name,
        slot: slot.trim(),
        outcome: {
          kind: 'skipped',
          verdict: { kind: 'not-elected', rank: 2, holder: { node: 'cron', state: 'done' } },
        },
      },
    ]);
  });

  test('where the application is first, cron does not run', async () => {
    const { stdout: slot } = await line('--prefix', 'elsewhere');
    const app = open();
    expect(await app.shouldRun(keyOf(slot), TTL)).toBe(true);
    expect((await line('--verbose')).stderr).toContain('app');
    await app.onComplete(keyOf(slot));
    expect(await line()).toMatchObject({ code: 0, stdout: '' });
  });

  test('and a slot that has gone by is nobody’s, whatever became of its counter', async () => {
    const app = open();
    expect(await app.shouldRun(key(1), TTL)).toBe(true);
    await app.onComplete(key(1));
    await redis.command('DEL', `redlock-run:{${name}}:slot:${slotId(1)}`);
    expect(await app.shouldRun(key(0), TTL)).toBe(false);
    expect(await app.shouldRun(key(1), TTL)).toBe(false);
  });
});

describe('a wrapped function', () => {
  test('is told about its run, and gives its value to node-cron', async () => {
    const app = open();
    await app.shouldRun(key(0), TTL);
    const fn = app.task(({ date }, run) => ({ date, run }));
    expect(await fn(context(0))).toMatchObject({
      date: at(0),
      run: {
        key: name,
        slot: { id: slotId(0) },
        rank: 1,
        attempt: 1,
        node: 'app',
        fence: expect.any(Number),
      },
    });
    await app.onComplete(key(0));
  });

  test('that throws has failed, for the record and for node-cron', async () => {
    const outcomes: TickOutcome[] = [];
    const app = open({ onOutcome: (outcome) => outcomes.push(outcome) });
    await app.shouldRun(key(0), TTL);
    const mishap = new Error('no disk');
    await expect(app.task(() => Promise.reject(mishap))(context(0))).rejects.toBe(mishap);
    await app.onComplete(key(0));
    expect(await historyOf(redis, name)).toMatchObject([{ outcome: 'failed', exit: '1' }]);
    expect(outcomes).toMatchObject([{ outcome: { kind: 'ran', value: 'failed' } }]);
  });

  test('is not begun where nobody was asked', async () => {
    const fn = open().task(() => {
      throw new Error('must not run');
    });
    await expect(fn(context(0))).rejects.toThrow(`task "${name}" was not elected`);
    await expect(fn({ date: at(0) })).rejects.toThrow(Failure);
  });
});

describe('the lease', () => {
  const leaseOf = async (second: number) => {
    const [seconds, micros] = [await redis.command('TIME')].flat().map(Number);
    const now = Number(seconds) * 1000 + Number(micros) / 1000;
    return (await leaseEnd(redis, name, slotId(second))) - now;
  };

  test('is as long as the task’s distributedLease', async () => {
    const app = open();
    await app.shouldRun(key(0), 600_000);
    expect(await leaseOf(0)).toBeGreaterThan(500_000);
  });

  test('unless the coordinator has one for all tasks', async () => {
    const app = open({ lease: '10s' });
    await app.shouldRun(key(0), 600_000);
    expect(await leaseOf(0)).toBeLessThan(11_000);
  });

  test.each([10, 0.5, Number.NaN, 1e9])('of %d ms is refused', async (ms) => {
    await expect(open().shouldRun(key(0), ms)).rejects.toThrow('distributedLease');
  });

  test('is kept while the function runs: the next tick finds an overlap', async () => {
    const [one, other] = [open(), open()];
    expect(await one.shouldRun(key(0), 1_000)).toBe(true);
    const before = await leaseEnd(redis, name, slotId(0));
    await expect.poll(() => leaseEnd(redis, name, slotId(0))).toBeGreaterThan(before);
    expect(await one.shouldRun(key(1), 1_000)).toBe(false);
    await one.onComplete(key(0));
    expect(await other.shouldRun(key(2), 1_000)).toBe(true);
  });

  test('that is lost is told to the function and to the application', async () => {
    const own = await startRedis();
    const told: string[] = [];
    const app = open({
      redis: own.url,
      lease: '1s',
      redisTimeout: '200ms',
      onLeaseLost: (run) => told.push(`lost ${run.slot.id}`),
      onNotRecorded: (run) => told.push(`not recorded ${run.slot.id}`),
    });
    await app.shouldRun(key(0), TTL);
    const fn = app.task(async (_, { leaseLost }) => {
      await own.stop();
      await new Promise((resolve) => leaseLost.addEventListener('abort', resolve));
    });
    await fn(context(0));
    await app.onComplete(key(0));
    expect(told).toEqual([`lost ${slotId(0)}`, `not recorded ${slotId(0)}`]);
  });
});

test('a tick that two tasks of one process ask about runs once, and the other is told why', async () => {
  const app = open();
  const [one, other] = await Promise.allSettled(
    [0, 0].map((tick) => app.shouldRun(key(tick), TTL)),
  );
  expect(one).toMatchObject({ value: true });
  expect(other).toMatchObject({
    reason: {
      kind: 'usage',
      message: expect.stringContaining('give each task of this process its own name'),
    },
  });
  await app.onComplete(key(0));
  expect(await app.shouldRun(key(0), TTL)).toBe(false);
});

test('a Redis that was started anew is asked over a new connection', async () => {
  const own = await startRedis();
  const app = open({ redis: own.url });
  expect(await app.shouldRun(key(0), TTL)).toBe(true);
  await app.onComplete(key(0));
  await own.restart();
  expect(await app.shouldRun(key(1), TTL)).toBe(true);
  await app.onComplete(key(1));
  await own.stop();
});

describe('when Redis is down', () => {
  const down = { redis: 'redis://:secret@127.0.0.1:1', redisTimeout: '200ms' };

  test('the tick is not run, and node-cron is told why', async () => {
    const error: unknown = await open(down)
      .shouldRun(key(0), TTL)
      .catch((thrown) => thrown);
    if (!(error instanceof Failure)) throw new Error(`no Failure: ${error}`);
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('cannot reach'),
    });
    expect(error.message).not.toContain('secret');
  });

  test('it is not run in silence, where that is wished, and the application is told', async () => {
    const outcomes: TickOutcome[] = [];
    const onOutcome = (outcome: TickOutcome) => outcomes.push(outcome);
    expect(await open({ ...down, onRedisDown: 'skip', onOutcome }).shouldRun(key(0), TTL)).toBe(
      false,
    );
    expect(outcomes).toMatchObject([
      { outcome: { kind: 'undecided', because: { kind: 'unavailable' } } },
    ]);
  });

  test('it is run without a lock, where that is wished, and the function can tell', async () => {
    const outcomes: TickOutcome[] = [];
    const onOutcome = (outcome: TickOutcome) => outcomes.push(outcome);
    const app = redisCoordinator({ ...down, onRedisDown: 'run', onOutcome });
    opened.push(app);
    expect(await app.shouldRun(key(0), TTL)).toBe(true);
    const fn = app.task((_, run) => {
      expectTypeOf(run).toEqualTypeOf<RunContext | UnlockedRun>();
      return 'unlocked' in run ? run.unlocked.message : run.fence;
    });
    expect(await fn(context(0))).toContain('cannot reach');
    await app.onComplete(key(0));
    expect(outcomes).toMatchObject([{ outcome: { kind: 'unlocked', value: 'done', told: false } }]);
  });
});

describe('with takeover', () => {
  test('a standby’s answer waits until the winner has ended', async () => {
    const [one, other] = [open({ takeover: true }), open({ takeover: true })];
    expect(await one.shouldRun(key(0), TTL)).toBe(true);
    let answer: boolean | undefined;
    const asked = other.shouldRun(key(0), TTL).then((given) => {
      answer = given;
    });
    await expect
      .poll(() => redis.command('GET', `redlock-run:{${name}}:slot:${slotId(0)}`))
      .toBe('2');
    expect(answer).toBeUndefined();
    await one.onComplete(key(0));
    await asked;
    expect(answer).toBe(false);
  });

  test('it runs what was handed back by one that closes', async () => {
    const [one, other] = [open({ takeover: true }), open({ takeover: true })];
    expect(await one.shouldRun(key(0), TTL)).toBe(true);
    const asked = other.shouldRun(key(0), TTL);
    const fn = one.task(async (_, { leaseLost }) => {
      await new Promise((resolve) => leaseLost.addEventListener('abort', resolve));
    });
    const running = fn(context(0));
    await one.close(0);
    await running;
    expect(await asked).toBe(true);
    expect(await other.task((_, { turn }) => turn)(context(0))).toBe(2);
    expect(await historyOf(redis, name)).toMatchObject([{ outcome: 'handed-back' }]);
  });

  test('who stands by for one task is elected for others meanwhile', async () => {
    const [one, other] = [open({ takeover: true }), open({ takeover: true })];
    expect(await one.shouldRun(key(0), TTL)).toBe(true);
    const asked = other.shouldRun(key(0), TTL);
    await expect
      .poll(() => redis.command('GET', `redlock-run:{${name}}:slot:${slotId(0)}`))
      .toBe('2');
    const others = Array.from({ length: 50 }, (_, i) => `other-${i}-of-${key(0)}`);
    const answers = await Promise.all(others.map((task) => other.shouldRun(task, TTL)));
    expect(answers).toEqual(others.map(() => true));
    await Promise.all(others.map((task) => other.onComplete(task)));
    await one.onComplete(key(0));
    expect(await asked).toBe(false);
  });

  test('it stands by no longer once it is closed', async () => {
    const [one, other] = [open({ takeover: true }), open({ takeover: true })];
    expect(await one.shouldRun(key(0), TTL)).toBe(true);
    const asked = other.shouldRun(key(0), TTL);
    await other.close();
    expect(await asked).toBe(false);
  });
});

describe('close', () => {
  test('waits for what runs, and then bids no more', async () => {
    const app = open();
    await app.shouldRun(key(0), TTL);
    let isClosed = false;
    const closing = app.close().then(() => {
      isClosed = true;
    });
    expect(await app.shouldRun(key(1), TTL)).toBe(false);
    expect(isClosed).toBe(false);
    await app.onComplete(key(0));
    await closing;
    expect(await stateOf(0)).toBe('done');
    expect(await redis.command('EXISTS', `redlock-run:{${name}}:slot:${slotId(1)}`)).toBe(0);
  });

  test('waits no longer than it may, and what still runs has failed', async () => {
    const app = open();
    await app.shouldRun(key(0), TTL);
    await app.close('10ms');
    expect(await stateOf(0)).toBe('failed');
    // node-cron will say so all the same.
    await app.onComplete(key(0));
  });
});

test('a slot is not taken before its time, by the clock of Redis', async () => {
  const outcomes: TickOutcome[] = [];
  const onOutcome = (outcome: TickOutcome) => outcomes.push(outcome);
  const inAMinute = `${name}:${new Date(Date.now() + 60_000).toISOString()}`;
  expect(await open({ onOutcome }).shouldRun(inAMinute, TTL)).toBe(false);
  expect(await open({ onOutcome, late: '30s' }).shouldRun(key(0), TTL)).toBe(false);
  expect(outcomes.map(({ outcome }) => outcome)).toMatchObject([
    { verdict: { kind: 'too-early' } },
    { verdict: { kind: 'too-late' } },
  ]);
  expect(await open({ early: '2m' }).shouldRun(inAMinute, TTL)).toBe(true);
});

test.each<[string, RedisCoordinatorOptions, string]>([
  ['winners', { winners: 0 }, 'usage'],
  ['lease', { lease: '1ms' }, 'usage'],
  ['late', { late: '0s' }, 'usage'],
  ['waitTimeout', { overlap: 'wait' }, 'usage'],
  ['redis', { redis: 'http://secret@x' }, 'config'],
  ['redisCa', { redisCa: '/no' }, 'usage'],
])('a coordinator is refused with a Failure that names %s: %j', (option, options, kind) => {
  expect(() => redisCoordinator(options)).toThrow(
    expect.objectContaining({ kind, message: expect.stringContaining(option) }),
  );
  expect(() => redisCoordinator(options)).not.toThrow('secret');
});

test('a name that no job can have is refused at its tick', async () => {
  await expect(open().shouldRun(`-x:${at(0).toISOString()}`, TTL)).rejects.toThrow('name');
});
