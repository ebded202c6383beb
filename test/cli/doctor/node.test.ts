import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkNode } from '../../../src/cli/doctor/node/checks.js';
import type { NodeFacts } from '../../../src/cli/doctor/node/facts.js';
import { cli } from '../../support/cli.js';
import { freePort } from '../../support/free-port.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { examine } from './support.js';

failOnLeaks();

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'tools-'));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

/** Puts a program of ours where the search begins. */
const tool = (name: string, script: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
const withTools = () => ({ PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` });

describe('--as-cron', () => {
  test('is without what a profile set, and says so', async () => {
    const env = { REDLOCK_RUN_REDIS: redis.url, TZ: 'Europe/London', HARMLESS: '1' };
    expect((await examine([], { env })).code).toBe(0);
    // The default URL: nobody may listen there, or a Redis that is none of ours.
    const { report, finding } = await examine(['--as-cron', '--redis-timeout', '200ms'], { env });
    expect(report.asCron).toBe(true);
    expect(report.subjects[0]?.name).toBe('redis://127.0.0.1:6379');
    expect(finding('environment')).toMatchObject({
      verdict: 'warning',
      what: 'set in this shell and missing under cron: REDLOCK_RUN_REDIS, TZ',
    });
    expect(finding('timezone')?.what).not.toContain('London');
  });

  test('passes options on, and the exit code back', async () => {
    const fit = await examine(['--as-cron', '--redis', redis.url, '--node', 'web-1']);
    expect(fit).toMatchObject({ code: 0, report: { asCron: true, node: 'web-1' } });
    expect(fit.finding('environment')).toMatchObject({ verdict: 'ok' });
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    const unfit = await examine(['--as-cron', '-r', nobody, '--redis-timeout', '200ms']);
    expect(unfit).toMatchObject({ code: 1, report: { asCron: true, fit: false } });
  });

  test('is where cron starts its jobs: files are looked for there', async () => {
    const config = 'redlock-run-test-that-is-nowhere.yaml';
    writeFileSync(join(folder, config), `redis: ${redis.url}\n`);
    expect((await examine(['--config', config], { cwd: folder })).code).toBe(0);
    const { finding } = await examine(['--as-cron', '--config', config], { cwd: folder });
    expect(finding('configuration')?.what).toContain(
      `cannot read the configuration file "${config}"`,
    );
  });

  test('says in words whose environment it is', async () => {
    const { code, stdout, stderr } = await cli(['doctor', '--as-cron', '-r', redis.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^In cron's environment\.\n/);
  });
});

describe('what keeps the clock', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['timedatectl knows', { timedatectl: 'echo yes' }, 'ok', 'timedatectl'],
    ['timedatectl denies it', { timedatectl: 'echo no' }, 'warning', 'timedatectl'],
    [
      'chronyc knows better',
      { timedatectl: 'echo no', chronyc: 'echo "Leap status     : Normal"' },
      'ok',
      'chronyc',
    ],
    [
      'ntpq follows nobody',
      { ntpq: 'echo "remote refid"; echo =======; echo " 10.0.0.1 .INIT."' },
      'warning',
      'ntpq',
    ],
    ['ntpq follows one', { ntpq: 'echo =======; echo "*10.0.0.1 .GPS."' }, 'ok', 'ntpq'],
    ['all fail', { timedatectl: 'exit 1', chronyc: 'exit 1', ntpq: 'exit 1' }, 'unknown', ''],
    ['one hangs', { timedatectl: 'exec sleep 60', ntpq: 'echo "*x"' }, 'ok', 'ntpq'],
  ])('%s', async (_, tools, verdict, by) => {
    for (const name of ['timedatectl', 'chronyc', 'ntpq']) tool(name, tools[name] ?? 'exit 1');
    const { finding } = await examine(['-r', redis.url], { env: withTools() });
    expect(finding('time-sync')).toMatchObject({ verdict, what: expect.stringContaining(by) });
  });
});

test('a command that this shell finds and cron does not is named', async () => {
  tool('terraform', 'exit 0');
  const { finding } = await examine(['-r', redis.url], { env: withTools() });
  expect(finding('path')).toMatchObject({
    verdict: 'warning',
    what: expect.stringMatching(/does not find .*redlock-run.*terraform/),
    paste: expect.stringMatching(/^PATH=\/usr\/local/),
  });
});

test('what was skipped here for want of Redis is told, with the last of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'record-'));
  const record = ['--local-record', join(folder, 'record.jsonl')];
  const down = ['-r', 'redis://127.0.0.1:1', '--redis-timeout', '100ms', '--on-redis-down'];
  for (const [policy = '', key = ''] of [
    ['skip', 'first'],
    ['run', 'second'],
  ]) {
    const job = ['--key', key, '--slot', 'one', '--', 'true'];
    expect((await cli([...down, policy, ...record, ...job])).code).toBe(0);
  }
  writeFileSync(join(folder, 'record.jsonl.1'), 'not ours\n{"time":1}\n');
  const { finding } = await examine(['-r', redis.url, '--on-redis-down', 'skip', ...record]);
  rmSync(folder, { recursive: true });
  expect(finding('outages')).toMatchObject({
    verdict: 'warning',
    what: expect.stringMatching(/ 2 runs .* the last unlocked: "second" one \(cannot reach Redis/),
  });
});

const DAY = 86_400_000;
const OUTAGE = { event: 'skipped', key: 'nightly', slot: 'one', reason: 'connection refused' };

test.each<[Partial<NodeFacts>, string, string]>([
  [{ nodeVersion: '18.20.4' }, 'node', 'problem'],
  [{ nodeVersion: '24.1.0' }, 'node', 'ok'],
  [{ lostInCron: [] }, 'path', 'ok'],
  [{ lostInCron: ['node'] }, 'path', 'warning'],
  [{ outages: [{ ...OUTAGE, at: -6 * DAY }] }, 'outages', 'warning'],
  [{ outages: [{ ...OUTAGE, at: -8 * DAY }] }, 'outages', 'ok'],
])('a node with %o: %s is %s', (given, id, verdict) => {
  const facts: NodeFacts = {
    nodeVersion: '20.0.0',
    timezone: 'UTC',
    lostInCron: [],
    timeServices: [],
    leftOut: undefined,
    outages: [],
    ...given,
  };
  const findings = checkNode(facts, { jobs: [], now: 0 });
  expect(findings.find((finding) => finding.id === id)).toMatchObject({ verdict });
});
