import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli, type LiveCli, start } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { listensForSignals, stateOf } from '../../support/processes.js';
import { onNth, type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let proxy: RedisProxy | undefined;
let folder: string;
/** What the jobs themselves write, so that runs are counted without asking Redis. */
let runs: string;
let record: string;

beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'redis-down-'));
  runs = join(folder, 'runs');
  record = join(folder, 'state', 'record.jsonl');
  appendFileSync(runs, '');
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const JOB = ['sh', '-c', 'echo ran >> "$RUNS"'];
/** Says that it runs, and ends with the number that it is told. */
const WAITING = ['sh', '-c', 'echo up; read code; exit "$code"'];
const counted = () => readFileSync(runs, 'utf8').split('\n').length - 1;
const recorded = (): Record<string, unknown>[] =>
  existsSync(record)
    ? readFileSync(record, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

interface More {
  readonly args?: readonly string[];
  readonly job?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly slot?: string;
}

/** A node whose Redis may be down; `--redis-timeout 500ms` unless `args` say otherwise. */
function node(policy: string, { args = [], job = JOB, env, slot = 'one' }: More = {}): LiveCli {
  const patience = args.includes('--redis-timeout') ? [] : ['--redis-timeout', '500ms'];
  const local = policy === 'fail' ? [] : ['--local-record', record];
  const own = ['--key', 'nightly', '--slot', slot, '--node', 'node-1', ...patience, ...local];
  return start([...own, '--on-redis-down', policy, ...args, '--', ...job], {
    env: { REDIS_URL: redis.url, RUNS: runs, ...env },
    openStdin: true,
    within: 40_000,
  });
}

const outages: [string, () => Promise<unknown>][] = [
  ['refuses', () => redis.kill9()],
  ['hangs', () => redis.pause()],
  ['is a replica without its master', () => redis.command('REPLICAOF', '127.0.0.1', '1')],
  [
    'is out of memory',
    async () => {
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    },
  ],
  [
    'cannot write to its disk',
    async () => {
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    },
  ],
];

describe.each(outages)('when Redis %s,', (_, fail) => {
  test('fail is exit code 75, and nothing runs', async () => {
    await fail();
    const result = await node('fail').ended;
    expect(result).toMatchObject({ code: 75, stdout: '' });
    expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    expect(counted()).toBe(0);
  });

  test('skip is exit code 0 in silence, and a local record', async () => {
    await fail();
    expect(await node('skip').ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(counted()).toBe(0);
    expect(recorded()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: 'skipped',
        key: 'nightly',
        slot: 'one',
        node: 'node-1',
        phase: 'bidding',
        reason: expect.stringContaining(redis.url),
      },
    ]);
  });

  test('run is a run without a lock, and says so once', async () => {
    await fail();
    const { code, stdout, stderr } = await node('run', { job: ['env'] }).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^redlock-run: the job is run without a lock \(--on-redis-down run\): [^\n]+\n$/,
    );
    const told = stdout.split('\n').filter((line) => line.startsWith('REDLOCK_RUN_'));
    expect(told.filter((line) => !line.startsWith('REDLOCK_RUN_OWNER=')).sort()).toEqual([
      'REDLOCK_RUN_ATTEMPT=1',
      'REDLOCK_RUN_KEY=nightly',
      'REDLOCK_RUN_NODE=node-1',
      'REDLOCK_RUN_SLOT=one',
      'REDLOCK_RUN_UNLOCKED=1',
    ]);
    expect(recorded()).toMatchObject([
      { event: 'unlocked', key: 'nightly', slot: 'one', node: 'node-1' },
      { event: 'unlocked-ended', exit: 0, attempt: 1 },
    ]);
  });
});

describe('what is wrong for good fails under every policy:', () => {
  const wrongs: [string, number, () => Promise<Record<string, string>>][] = [
    [
      'a password that is not given',
      77,
      async () => {
        await redis.command('CONFIG', 'SET', 'requirepass', 'x');
        return {};
      },
    ],
    [
      'a right that is missing',
      77,
      async () => {
        await redis.command('ACL', 'SETUSER', 'me', 'on', 'nopass', '~*', '-@all');
        return { REDIS_URL: redis.url.replace('redis://', 'redis://me:x@') };
      },
    ],
    ['a database that is not there', 78, async () => ({ REDIS_URL: `${redis.url}/99` })],
    ['a URL that is none', 78, async () => ({ REDIS_URL: 'http://a' })],
    [
      'an answer that is none',
      76,
      async () => {
        proxy = await startProxy(redis.port, { fault: () => ({ replyWith: '+OK\r\n' }) });
        return { REDIS_URL: proxy.url };
      },
    ],
  ];
  test.each(wrongs)('%s', async (_, code, prepare) => {
    const env = await prepare();
    for (const policy of ['skip', 'run']) {
      expect(await node(policy, { env }).ended).toMatchObject({ code, stdout: '' });
    }
    expect(counted()).toBe(0);
    expect(recorded()).toEqual([]);
  });
});

describe('skip', () => {
  test('is told to -v and to a machine as an outage, with the exit code that is wished', async () => {
    await redis.kill9();
    const args = ['-v', '--log', 'json', '--skip-exit-code', '9'];
    const { code, stderr } = await node('skip', { args }).ended;
    expect(code).toBe(9);
    expect(JSON.parse(stderr)).toMatchObject({
      event: 'undecided',
      message: expect.stringMatching(/^not run here: nobody could be asked .* cannot reach Redis/),
    });
  });

  test('is no word for a loss, which leaves no record', async () => {
    await node('skip').ended;
    const { stderr } = await node('skip', { args: ['-v'] }).ended;
    expect(stderr).toContain('was won by node-1');
    expect(stderr).not.toContain('could be asked');
    expect(recorded()).toEqual([]);
    expect(counted()).toBe(1);
  });

  test('says so when its record cannot be written, and the exit code stays 0', async () => {
    await redis.kill9();
    const args = ['--local-record', '/dev/full'];
    const own = ['--key', 'a', '--redis-timeout', '200ms', '--on-redis-down', 'skip', ...args];
    const result = await cli([...own, '--', 'true'], { env: { REDIS_URL: redis.url } });
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(/^redlock-run: the local record cannot be written [^\n]+\n$/);
  });
});

describe('an unlocked run', () => {
  /** One that has begun while Redis was away. */
  async function begun(more: More = {}): Promise<LiveCli> {
    await redis.kill9();
    const live = node('run', { job: WAITING, ...more });
    await live.waitForOutput('up');
    return live;
  }
  const end = (live: LiveCli, code: number) => live.process.stdin?.end(`${code}\n`);

  test('is told to the history when Redis is back, while it runs and when it ends', async () => {
    const live = await begun({ args: ['--redis-timeout', '2s'] });
    await redis.restart();
    const history = () => historyOf(redis, 'nightly');
    await expect.poll(history, { timeout: 15_000 }).toHaveLength(1);
    end(live, 7);
    const { code, stderr } = await live.ended;
    expect(code).toBe(7);
    expect(stderr.match(/\n/g)).toHaveLength(1);
    const common = { node: 'node-1', slot: 'one', attempt: '1', fence: '', unlocked: '1' };
    expect(await history()).toMatchObject([
      { ...common, outcome: 'unlocked' },
      { ...common, outcome: 'failed', exit: '7' },
    ]);
    expect(recorded()).toMatchObject([{ event: 'unlocked' }]);
    // Nothing is claimed by it.
    const next = await node('fail').ended;
    expect(next).toMatchObject({ code: 0, stderr: '' });
    expect(counted()).toBe(1);
  });

  test('does not wait long for a Redis that never came back', async () => {
    const live = await begun({ args: ['--redis-timeout', '2s'] });
    const since = performance.now();
    end(live, 7);
    expect((await live.ended).code).toBe(7);
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(recorded()).toMatchObject([
      { event: 'unlocked', owner: expect.any(String) },
      { event: 'unlocked-ended', exit: 7, owner: recorded()[0]?.owner },
    ]);
  });

  test('leaves no trace of a run that it was called from', async () => {
    const env = { REDLOCK_RUN_KEY: 'outer', REDLOCK_RUN_FENCE: '9', REDLOCK_RUN_RANK: '9' };
    await redis.kill9();
    const { stdout } = await node('run', { job: ['env'], env }).ended;
    expect(stdout).not.toMatch(/REDLOCK_RUN_(FENCE|RANK)/);
    await redis.restart();
    const inner = { REDLOCK_RUN_KEY: 'outer', REDLOCK_RUN_UNLOCKED: '1' };
    const locked = await node('run', { job: ['env'], env: inner }).ended;
    expect(locked.stdout).toContain('REDLOCK_RUN_FENCE=');
    expect(locked.stdout).not.toContain('REDLOCK_RUN_UNLOCKED');
  });

  test('has its time: everything that it started is ended, exit 124', async () => {
    const job = ['sh', '-c', '(setsid sleep 60 >&- 2>&- & echo child $!); sleep 60'];
    const args = ['--timeout', '1s', '--kill-after', '200ms'];
    await redis.kill9();
    const live = node('run', { job, args });
    const [, child] = await live.waitForOutput(/child (\d+)/);
    const result = await live.ended;
    expect(result.code).toBe(124);
    expect(stateOf(Number(child))).toBeUndefined();
    expect(recorded().at(-1)).toMatchObject({ event: 'unlocked-ended', exit: 124 });
  });

  test('gets the signals that come, and their exit code is ours', async () => {
    const live = await begun({ job: ['sh', '-c', 'echo up; exec sleep 60'] });
    live.kill('SIGTERM');
    expect((await live.ended).code).toBe(143);
  });

  test('is run again where that is wished, still without a fence', async () => {
    await redis.kill9();
    const job = ['sh', '-c', 'echo "$REDLOCK_RUN_ATTEMPT:$REDLOCK_RUN_FENCE"; exit 3'];
    const args = ['--retries', '2', '--retry-delay', '10ms'];
    const { code, stdout, stderr } = await node('run', { job, args }).ended;
    expect(code).toBe(3);
    expect(stdout).toBe('1:\n2:\n3:\n');
    expect(stderr.match(/without a lock/g)).toHaveLength(1);
  });

  test('keeps its last words, where the history can be told', async () => {
    const job = ['sh', '-c', 'echo up; read code; echo no disk >&2; exit "$code"'];
    const live = await begun({ job, args: ['--keep-output', '--redis-timeout', '2s'] });
    await redis.restart();
    await expect
      .poll(() => historyOf(redis, 'nightly'), { timeout: 15_000 })
      .toMatchObject([{ outcome: 'unlocked' }]);
    end(live, 7);
    await live.ended;
    expect((await historyOf(redis, 'nightly')).at(-1)).toMatchObject({ output: 'no disk\n' });
  });

  test('whose claim was counted after all keeps the slot: nobody runs it a second time', async () => {
    proxy = await startProxy(redis.port, { fault: onNth('swallow-reply') });
    const args = ['--redis-timeout', '600ms'];
    const live = node('run', { job: WAITING, args, env: { REDIS_URL: proxy.url } });
    // Counted, and then there is nobody who could say so.
    await proxy.seen(1);
    await expect.poll(() => redis.command('GET', 'redlock-run:{nightly}:slot:one')).toBe('1');
    proxy.fault(() => 'lose-request');
    await live.waitForOutput('up');
    proxy.fault(undefined);
    await expect
      .poll(() => historyOf(redis, 'nightly'), { timeout: 15_000 })
      .toMatchObject([{ outcome: 'unlocked', rank: '1' }]);
    const loser = await node('fail', { args: ['-v', '--takeover'] }).ended;
    expect(loser.code).toBe(0);
    expect(loser.stderr).toContain('without a lock');
    expect(counted()).toBe(0);
    end(live, 0);
    expect((await live.ended).code).toBe(0);
  });

  test('that is told to stop before it began does not begin', async () => {
    await redis.pause();
    const live = node('run', { args: ['--redis-timeout', '3s'] });
    await expect.poll(() => listensForSignals(live.pid), { timeout: 10_000 }).toBe(true);
    live.kill('SIGTERM');
    const { code, stderr } = await live.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/^redlock-run: told to stop by SIGTERM before [^\n]+\n$/);
    expect(counted()).toBe(0);
    expect(recorded()).toEqual([]);
  });
});

describe('who knows that another node was elected never runs unlocked:', () => {
  const blocked = () =>
    expect
      .poll(async () => String(await redis.command('INFO', 'clients')), { timeout: 15_000 })
      .toContain('blocked_clients:1\r');
  const begun = async () => {
    const winner = node('fail', { job: WAITING, args: ['--lease', '1s'] });
    await winner.waitForOutput('up');
    return winner;
  };
  const policies: [string, number, number][] = [
    ['fail', 75, 0],
    ['run', 75, 0],
    ['skip', 0, 1],
  ];

  test.each(policies)('a standby leaves, with %s by exit code %i', async (policy, code, lines) => {
    const winner = await begun();
    const standby = node(policy, { args: ['--takeover', '--lease', '1s'] });
    await blocked();
    await redis.kill9();
    expect(await standby.ended).toMatchObject({ code, stdout: '' });
    expect(counted()).toBe(0);
    expect(recorded()).toHaveLength(lines);
    for (const line of recorded()) expect(line).toMatchObject({ phase: 'standing-by' });
    winner.process.stdin?.end('0\n');
    await winner.ended;
  });

  test.each(policies)(
    'who waits for an earlier run leaves, with %s by exit code %i',
    async (policy, code, lines) => {
      const winner = await begun();
      const args = ['--overlap', 'wait', '--wait-timeout', '1m', '--lease', '1s'];
      const waiter = node(policy, { args, slot: 'two' });
      await blocked();
      await redis.kill9();
      expect(await waiter.ended).toMatchObject({ code, stdout: '' });
      expect(counted()).toBe(0);
      expect(recorded()).toHaveLength(lines);
      for (const line of recorded()) expect(line).toMatchObject({ phase: 'waiting' });
      winner.process.stdin?.end('0\n');
      await winner.ended;
    },
  );
});
