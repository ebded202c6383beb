import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LiveCli, startScript } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { untilAtLeast } from '../support/until.js';

failOnLeaks();

let redis: RedisServer;
let folder: string;
let fleet: readonly LiveCli[];
beforeEach(async () => {
  // What it knows must outlast its restart.
  redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
  folder = mkdtempSync(join(tmpdir(), 'node-cron-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules/redlock-run'));
  symlinkSync(
    join(process.cwd(), 'node_modules/node-cron'),
    join(folder, 'node_modules/node-cron'),
  );
  const example = readFileSync('examples/node-cron/app.mjs', 'utf8');
  writeFileSync(join(folder, 'app.mjs'), example.replace("'0 3 * * *'", "'* * * * * *'"));
  writeFileSync(join(folder, 'report.log'), '');
  fleet = ['node-1', 'node-2', 'node-3'].map((node) =>
    startScript('app.mjs', [], {
      cwd: folder,
      env: { REDIS_URL: redis.url, HOSTNAME: node },
      within: 120_000,
    }),
  );
});
afterEach(async () => {
  for (const node of fleet) node.kill('SIGKILL');
  await Promise.all(fleet.map(({ ended }) => ended));
  await redis.stop();
  rmSync(folder, { recursive: true });
});

/** What was run so far, in the order in which it was written. */
const reports = () =>
  readFileSync(join(folder, 'report.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [slot = '', node = '', fence] = line.split(' ');
      return { second: Date.parse(slot) / 1000, node, fence: Number(fence) };
    });
const untilReports = (least: number) => untilAtLeast(least, () => reports().length);

async function endFleet(): Promise<void> {
  for (const node of fleet) node.kill('SIGTERM');
  for (const { ended } of fleet) expect(await ended).toMatchObject({ code: 0 });
}

test('three processes run each of a dozen slots once, and their fences rise', async () => {
  await untilReports(12);
  await endFleet();
  const ran = reports();
  const first = ran[0]?.second ?? 0;
  expect(ran.map(({ second }) => second)).toEqual(ran.map((_, i) => first + i));
  expect(ran.map(({ fence }) => fence)).toEqual(
    ran.map(({ fence }) => fence).sort((a, b) => a - b),
  );
  for (const { stderr } of fleet) expect(stderr).toBe('');
}, 60_000);

test('they go on when Redis was away, and one of them is killed; no slot is run twice', async () => {
  await untilReports(4);
  await redis.restart();
  await untilReports(reports().length + 4);
  fleet[0]?.kill('SIGKILL');
  await fleet[0]?.ended;
  await untilReports(reports().length + 4);
  const seconds = reports().map(({ second }) => second);
  expect(seconds).toEqual([...new Set(seconds)].sort((a, b) => a - b));
}, 60_000);
