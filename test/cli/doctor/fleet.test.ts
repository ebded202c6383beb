import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkAgreement } from '../../../src/cli/doctor/fleet/agreement.js';
import { currentNodes } from '../../../src/cli/doctor/fleet/current-nodes.js';
import type { Sighting } from '../../../src/redis/survey/fleet.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { examine } from './support.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => redis.command('FLUSHALL'));

const NIGHTLY = '0 3 * * *|UTC';
const NOW = Date.parse('2026-11-23T03:00:02Z');
const MINUTE = 60_000;

/** Writes what a node's bid leaves behind. */
async function seen(job: string, node: string, given: Partial<Sighting> = {}) {
  const { schedule = NIGHTLY, command = 'aa11', version = '1.0.0', seen: at = NOW } = given;
  const member = [node, encodeURIComponent(schedule), command, version].join(' ');
  await redis.command('ZADD', `redlock-run:{${encodeURIComponent(job)}}:nodes`, at, member);
  await redis.command('SADD', 'redlock-run:jobs', job);
}

const examined = () => examine(['-r', redis.url], { env: { TZ: 'Etc/UTC' } });

describe('the nodes of the jobs', () => {
  test('that agree are counted', async () => {
    for (const node of ['web-1', 'web-2', 'web-3']) await seen('nightly', node);
    await seen('every quarter/2', 'web-1', { schedule: 'every 900000' });
    const { code, finding } = await examined();
    expect(code).toBe(0);
    expect(finding('jobs')).toEqual({
      id: 'jobs',
      verdict: 'ok',
      what: '2 jobs on 3 nodes: all agree on schedule, command and version',
    });
  });

  test('that disagree on the schedule are a problem', async () => {
    for (const node of ['web-1', 'web-2']) await seen('nightly', node);
    await seen('nightly', 'web-3', { schedule: '0 3 * * *|Europe/Berlin', seen: NOW - 3_600_000 });
    const { code, finding } = await examined();
    expect(code).toBe(1);
    expect(finding('job-schedule')).toMatchObject({
      verdict: 'problem',
      what:
        'job "nightly": nodes disagree on the schedule, so that it runs at all of these times: ' +
        '0 3 * * * in UTC on web-1, web-2; 0 3 * * * in Europe/Berlin on web-3',
    });
  });

  test('that disagree on command or version are a warning each', async () => {
    for (const node of ['a', 'b', 'c', 'd', 'e']) await seen('nightly', node);
    await seen('nightly', 'f', { command: 'bb22', version: '1.1.0' });
    const { code, finding } = await examined();
    expect(code).toBe(0);
    expect(finding('job-command')?.what).toMatch(/: bb22 on f; aa11 on a, b, c and 2 more$/);
    expect(finding('job-version')?.what).toMatch(/: 1\.1\.0 on f; 1\.0\.0 on a, b, c and 2 more$/);
  });

  test('that tell neither schedule nor command do not disagree: an application beside a crontab', async () => {
    await seen('nightly', 'web-1');
    await seen('nightly', 'app-1', { schedule: '-', command: '-' });
    expect((await examined()).finding('jobs')?.what).toMatch(/^1 job on 2 nodes: all agree/);
  });

  test('count as they were last: a node does not disagree with its past', async () => {
    await seen('nightly', 'web-1', { version: '0.9.0', seen: NOW - 60 * MINUTE });
    for (const node of ['web-1', 'web-2']) await seen('nightly', node);
    expect((await examined()).finding('jobs')?.what).toMatch(/^1 job on 2 nodes: all agree/);
  });

  test('are unknown where others have put something else', async () => {
    await redis.command('SET', 'redlock-run:jobs', 'x');
    const { code, finding } = await examined();
    expect(code).toBe(0);
    expect(finding('jobs')).toMatchObject({
      verdict: 'unknown',
      paste: 'SMEMBERS redlock-run:jobs',
    });
  });

  test('with names that steer a terminal do not', async () => {
    await seen('nightly\u001b[31m', 'web-1', { command: 'x' });
    await seen('nightly\u001b[31m', 'web-2', { command: 'y' });
    const { finding } = await examined();
    expect(finding('job-command')?.what).toContain('"nightly\\u001b[31m"');
  });
});

describe('a node counts', () => {
  const job = (...nodes: readonly Partial<Sighting>[]) => ({
    job: 'nightly',
    nodes: nodes.map((given, i) => ({
      node: `web-${i}`,
      schedule: NIGHTLY,
      command: 'aa11',
      version: '1.0.0',
      seen: NOW,
      ...given,
    })),
  });
  const names = (...nodes: readonly Partial<Sighting>[]) =>
    currentNodes(job(...nodes)).map(({ node }) => node);

  test.each<[string, Partial<Sighting>, boolean]>([
    ['with the latest slot', { seen: NOW - 2_000 }, true],
    ['an hour off, in another zone', { seen: NOW - 60 * MINUTE }, true],
    ['of the slot before: it has gone', { seen: NOW - 1_440 * MINUTE }, false],
    ['of this quarter', { schedule: 'every 900000', seen: NOW - 5 * MINUTE }, true],
    ['of the quarter before', { schedule: 'every 900000', seen: NOW - 15 * MINUTE }, false],
    ['without a schedule', { schedule: '-', seen: NOW - 600 * MINUTE }, true],
    ['with a schedule that nobody can read', { schedule: '61 * * * *|', seen: NOW }, true],
  ])('%s: %o is %s', (_, given, counts) => {
    expect(names({}, given).includes('web-1')).toBe(counts);
  });

  test('unless nobody was ever seen', () => {
    expect(names()).toEqual([]);
    expect(checkAgreement([job()])).toMatchObject([{ verdict: 'ok' }]);
  });
});

describe("this node's time zone", () => {
  test.each([
    ['Etc/UTC', '0 3 * * *|UTC', 'ok'],
    ['Europe/London', '0 3 * * *|Europe/London', 'ok'],
    ['Europe/London', '0 3 * * *|UTC', 'warning'],
    ['Europe/Berlin', '0 3 * * *|', 'ok'],
    ['Europe/Berlin', 'every 900000', 'ok'],
    ['Etc/UTC', '0 3 * * *|+00:00', 'ok'],
    ['Etc/UTC', '0 3 * * *|+05:30', 'warning'],
  ])('%s with %s is %s', async (TZ, schedule, verdict) => {
    await seen('nightly', 'web-1', { schedule });
    const { finding } = await examine(['-r', redis.url], { env: { TZ } });
    expect(finding('timezone')).toMatchObject({ verdict });
    if (verdict === 'warning') {
      expect(finding('timezone')?.what).toContain('schedules in UTC');
    }
  });
});
