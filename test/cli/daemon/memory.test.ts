import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LiveCli, startScript } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const IDLE = fileURLToPath(
  new URL('../../../scripts/bench/programs/idle-ioredis.cjs', import.meta.url),
);
const ENTRIES = 1_000;

let redis: RedisServer;
let fleet: DaemonFleet;
let running: LiveCli[] = [];
beforeEach(async () => {
  redis = await startRedis();
  // Nothing of it is due while we look, on whatever day that is.
  const soon = new Date(Date.now() + 40 * 86_400_000).getUTCMonth() + 1;
  const line = (_: unknown, i: number) => `${i % 60} 3 ${1 + (i % 28)} ${soon} * job-${i}\n`;
  fleet = newDaemonFleet(redis.url, Array.from({ length: ENTRIES }, line).join(''));
});
afterEach(async () => {
  for (const program of running) program.kill('SIGTERM');
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  fleet.remove();
  await redis.stop();
});

/** Resident memory, KiB (proc(5)). */
function residentOf({ pid }: LiveCli): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib);
}

test(`a daemon of ${ENTRIES} entries takes little more memory than Node with ioredis`, async () => {
  const [idle, daemon] = [startScript(IDLE, [redis.url]), fleet.start('node-1', [])];
  running = [idle, daemon];
  await Promise.all(running.map((program) => program.waitForOutput('ready')));
  // 1.33 times as much on the machine of docs/benchmarks.md.
  expect(residentOf(daemon) / residentOf(idle)).toBeLessThan(1.5);
});
