import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BIN } from '../support/cli.js';
import { type CronKind, canIsolateCron, demand, startCronNode } from '../support/cron-node.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

const MINUTE = 60_000;
/** ms within which a daemon has read its crontab, and within which a started job is over. */
const LEEWAY = 5_000;

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'cron-'));
  for (const name of ['record.sh', 'tick.sh']) copyFileSync(fixture(name), join(folder, name));
  symlinkSync(BIN, join(folder, 'redlock-run'));
  symlinkSync(process.execPath, join(folder, 'node'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await redis.stop();
});

test(
  'of several real cron daemons one runs the job each minute, and the others are silent',
  async () => {
    const log = join(folder, 'log');
    writeFileSync(log, '');
    const nodes = fleet();
    const daemons = nodes.map(({ name, kind }) => startCronNode(name, kind, minutely(name, log)));
    try {
      const first = Math.ceil((Date.now() + LEEWAY) / MINUTE) * MINUTE;
      const minutes = [first, first + MINUTE];
      const everyoneStarted = vi.waitFor(
        () => expect(startsSince(first, log)).toHaveLength(minutes.length * nodes.length),
        { timeout: first + MINUTE + 2 * LEEWAY - Date.now(), interval: 100 },
      );
      const died = daemons.map(async ({ ended }) => {
        await ended;
        throw new Error('a cron daemon has ended');
      });
      await Promise.race([everyoneStarted, ...died]);

      for (const minute of minutes) {
        const slot = new Date(minute).toISOString().replace('.000Z', 'Z');
        const starts = startsSince(minute, log).filter(({ at }) => at < minute + MINUTE);
        // Every daemon has fired, and redlock-run was content on every node.
        expect(starts.map(({ node }) => node).sort()).toEqual(nodes.map(({ name }) => name));
        expect(starts.map(({ exit }) => exit)).toEqual(nodes.map(() => 0));
        // One has printed what the job prints; of the others there is nothing that cron could mail.
        const [winner, ...further] = starts.filter(({ said }) => said !== '');
        expect(further).toEqual([]);
        expect(winner?.said).toBe(`ran ${slot} on ${winner?.node}`);
        // All of them were counted.
        const counter = `redlock-run:{tick}:slot:${slot}`;
        expect(await redis.command('GET', counter)).toBe(String(nodes.length));
      }
    } finally {
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    }
  },
  4 * MINUTE,
);

interface Node {
  readonly name: string;
  readonly kind: CronKind;
}

function fleet(): Node[] {
  const isIsolated = canIsolateCron();
  demand('busybox is not installed; run: apt-get install busybox', 'busybox', 'crond', '--help');
  if (!isIsolated) {
    return [
      { name: 'node-1', kind: 'busybox' },
      { name: 'node-2', kind: 'busybox' },
    ];
  }
  return [
    { name: 'node-1', kind: 'cron.d' },
    { name: 'node-2', kind: 'spool' },
    { name: 'node-3', kind: 'busybox' },
  ];
}

/** The line of the documentation, and what notes that it was started. */
function minutely(node: string, log: string): string {
  const job = join(folder, 'tick.sh');
  const call = `redlock-run --key tick --schedule '* * * * *' --redis ${redis.url} --node ${node} -- ${job}`;
  return `* * * * * ${join(folder, 'record.sh')} ${log} ${node} ${call}`;
}

interface Start {
  /** ms since the epoch, to the second. */
  readonly at: number;
  readonly node: string;
  readonly exit: number;
  readonly said: string;
}

/** What the recorders have noted since an instant. */
function startsSince(instant: number, log: string): Start[] {
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => {
      const [seconds, node = '', exit, ...said] = line.split(' ');
      return { at: Number(seconds) * 1000, node, exit: Number(exit), said: said.join(' ') };
    })
    .filter(({ at }) => at >= instant);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}
