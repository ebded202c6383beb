import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LiveCli, start } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let folder: string;
/** What the jobs write themselves: node, attempt, fence and process. */
let journal: string;

beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'takeover-'));
  journal = join(folder, 'journal');
  appendFileSync(journal, '');
});
afterEach(async () => {
  for (const { pid } of begun()) killIfAlive(pid);
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const LEASE = '2s';
const WRITE = 'echo "$REDLOCK_RUN_NODE $REDLOCK_RUN_ATTEMPT $REDLOCK_RUN_FENCE $$" >> "$JOURNAL"';
/** Runs for ever on its first attempt, and ends at once on a later one. */
const JOB = `${WRITE}; [ "$REDLOCK_RUN_ATTEMPT" -gt 1 ] || exec sleep 600 >&- 2>&-`;

function node(name: string, options: readonly string[] = ['--takeover'], job = JOB): LiveCli {
  const args = ['--key', 'nightly', '--slot', 'one', '--lease', LEASE, '--node', name, ...options];
  return start([...args, '--', 'sh', '-c', job], {
    env: { REDIS_URL: redis.url, JOURNAL: journal },
    within: 60_000,
  });
}

const begun = () =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', attempt, fence, pid] = line.split(' ');
      return { node: name, attempt: Number(attempt), fence: Number(fence), pid: Number(pid) };
    });
const untilBegun = (count: number) =>
  expect.poll(() => begun().length, { timeout: 30_000 }).toBe(count);
const standingBy = (count: number) =>
  expect
    .poll(async () => String(await redis.command('INFO', 'clients')), { timeout: 20_000 })
    .toContain(`blocked_clients:${count}\r`);

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

describe('when the winner', () => {
  test('dies, exactly one of the standbys runs the slot with a higher fence, and all leave', async () => {
    const winner = node('winner');
    await untilBegun(1);
    const standbys = ['a', 'b', 'c', 'd'].map((name) => node(name));
    await standingBy(4);
    winner.kill('SIGKILL');
    await untilBegun(2);
    const results = await Promise.all(standbys.map(({ ended }) => ended));
    expect(results.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual(
      results.map(() => [0, '', '']),
    );
    const [first, second] = begun();
    expect(begun()).toHaveLength(2);
    expect(second?.attempt).toBe(2);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { node: 'winner', attempt: '1', outcome: 'died', noticed: expect.any(String) },
      { attempt: '2', outcome: 'done', exit: '0', bids: '5' },
    ]);
  });

  test('is told to stop, it hands the slot back and a standby runs it at once', async () => {
    const winner = node('winner');
    await untilBegun(1);
    const standby = node('a');
    await standingBy(1);
    winner.kill('SIGTERM');
    expect((await winner.ended).code).toBe(143);
    expect(await standby.ended).toMatchObject({ code: 0, stderr: '' });
    expect(begun().map(({ node, attempt }) => [node, attempt])).toEqual([
      ['winner', 1],
      ['a', 2],
    ]);
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { outcome: 'handed-back', signal: 'SIGTERM', exit: '143' },
      { outcome: 'done' },
    ]);
  });

  test('is ended by a person with Ctrl-C, nobody else runs it', async () => {
    const winner = node('winner');
    await untilBegun(1);
    const standby = node('a');
    await standingBy(1);
    winner.kill('SIGINT');
    expect((await winner.ended).code).toBe(130);
    expect(await standby.ended).toMatchObject({ code: 0, stderr: '' });
    expect(begun()).toHaveLength(1);
  });

  test.each([
    [[], 1],
    [['--failover-on-error'], 2],
  ])('fails, with %j it is run %i time(s)', async (options, times) => {
    const args = ['--takeover', ...options];
    const job = `${WRITE}; [ "$REDLOCK_RUN_ATTEMPT" -gt 1 ] || { sleep 1; exit 3; }`;
    const winner = node('winner', args, job);
    await untilBegun(1);
    const standby = node('a', args, job);
    expect((await winner.ended).code).toBe(3);
    expect(await standby.ended).toMatchObject({ code: 0, stderr: '' });
    expect(begun()).toHaveLength(times);
  });

  test('dies again and again, no more nodes than allowed run the slot', async () => {
    const options = ['--takeover', '--max-attempts', '2'];
    const job = `${WRITE}; exec sleep 600 >&- 2>&-`;
    const fleet = ['a', 'b', 'c'].map((name) => node(name, options, job));
    await untilBegun(1);
    await standingBy(2);
    const holder = () => fleet['abc'.indexOf(begun().at(-1)?.node ?? '')];
    holder()?.kill('SIGKILL');
    await untilBegun(2);
    holder()?.kill('SIGKILL');
    const codes = (await Promise.all(fleet.map(({ ended }) => ended))).map(({ code }) => code);
    expect(codes.filter((code) => code === null)).toHaveLength(2);
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(begun()).toHaveLength(2);
  });
});

test('a node that stops its job because it lost its lease hands the slot to a standby', async () => {
  const options = ['--takeover', '--on-lease-lost', 'stop', '--redis-timeout', '20s'];
  const winner = node('winner', options);
  await untilBegun(1);
  const standby = node('a', options);
  await standingBy(1);
  redis.pause();
  await winner.waitForOutput('the lease was lost; the job was ended');
  redis.resume();
  expect((await winner.ended).code).toBe(122);
  expect(await standby.ended).toMatchObject({ code: 0, stderr: '' });
  expect(begun().map(({ node: name }) => name)).toEqual(['winner', 'a']);
});

describe('a standby', () => {
  test('that is told to stop leaves at once, in silence', async () => {
    const winner = node('winner');
    await untilBegun(1);
    const standby = node('a');
    await standingBy(1);
    standby.kill('SIGTERM');
    expect(await standby.ended).toMatchObject({ code: 143, stdout: '', stderr: '' });
    winner.kill('SIGTERM');
    await winner.ended;
    expect(begun()).toHaveLength(1);
  });

  test('outlives a restart of Redis', async () => {
    const winner = node('winner');
    await untilBegun(1);
    const standby = node('a');
    await standingBy(1);
    await redis.restart();
    // The holder states its run again before anybody can take it for dead.
    await expect
      .poll(() => redis.command('HEXISTS', 'redlock-run:{nightly}:state', 'lease:1:one'), {
        timeout: 20_000,
      })
      .toBe(1);
    winner.kill('SIGINT');
    await winner.ended;
    expect((await standby.ended).code).toBe(0);
    expect(begun()).toHaveLength(1);
  });
});

test('of two winners the second is replaced, although the first has ended', async () => {
  const options = ['--takeover', '--winners', '2'];
  const first = node('a', options, WRITE);
  await first.ended;
  const second = node('b', options);
  await untilBegun(2);
  const standby = node('c', options);
  await standingBy(1);
  second.kill('SIGKILL');
  await untilBegun(3);
  expect((await standby.ended).code).toBe(0);
  expect(begun().at(-1)).toMatchObject({ node: 'c', attempt: 2 });
});

test('of three winners a dead one is replaced under its rank', async () => {
  const options = ['--takeover', '--winners', '3'];
  const job = `${WRITE}; echo "$REDLOCK_RUN_RANK" ; exec sleep 600 >&- 2>&-`;
  const winners = ['a', 'b', 'c'].map((name) => node(name, options, job));
  await untilBegun(3);
  const standby = node('d', options, job);
  await standingBy(1);
  const dead = winners[1];
  const [, rank] = (await dead?.waitForOutput(/(\d)/)) ?? [];
  dead?.kill('SIGKILL');
  const [, taken] = await standby.waitForOutput(/(\d)/);
  expect(taken).toBe(rank);
  expect(begun()).toHaveLength(4);
  for (const each of [...winners, standby]) each.kill('SIGINT');
  await Promise.all([...winners, standby].map(({ ended }) => ended));
});
