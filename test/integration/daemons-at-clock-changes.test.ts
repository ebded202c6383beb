import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { nameSlot } from '../../src/core/slot.js';
import { nextChanges } from '../../src/schedule/clock-changes.js';
import { parseCron } from '../../src/schedule/cron.js';
import { openZone } from '../../src/schedule/open-zone.js';
import { BIN } from '../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../support/daemons.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Times as fast as the real clock. */
const SPEED = 150;
const NODES = 2;
const FIXTURE = fileURLToPath(new URL('fixtures/daemons-in-time.sh', import.meta.url));

/** Jobs at fixed times, in the hour that is skipped or repeated among others, and jobs with wildcards. */
const EXPRESSIONS = ['30 1 * * *', '15 2 * * *', '0 3 * * *', '*/20 * * * *', '45 0-3 * * *'];
const ZONES = ['Europe/London', 'Europe/Berlin'];
const jobs = ZONES.flatMap((zone) =>
  EXPRESSIONS.map((expression, index) => ({ key: `${zone}/${index}`, zone, expression })),
);

/** Redis cannot run in another time (libfaketime and jemalloc do not go together): it is told to take any slot. */
const WHENEVER = ['--early', '300d', '--late', '300d'];

/** A machine that is busy for a moment is late by minutes of theirs: no lease ends meanwhile, no question is given up. */
const PATIENT = ['--lease', '30m', '--redis-timeout', '5m', '--catch-up', '15m'];

let redis: RedisServer;
let fleet: DaemonFleet;
beforeAll(async () => {
  redis = await startRedis();
  fleet = newDaemonFleet('');
  const lines = jobs.map(
    ({ key, zone, expression }) =>
      `CRON_TZ=${zone}\n# redlock-run: key=${key}\n${expression} ${fleet.job(0)}\n`,
  );
  fleet.write(lines.join(''));
});
afterAll(async () => {
  fleet.remove();
  await redis.stop();
});

/** Europe's changes within half a year of now: all its clocks are changed at the same moment. */
const changes = nextChanges(openZone('Europe/London'), Date.now() - 190 * DAY, 2);

describe.concurrent.each(
  changes.map(({ at, before, after }) => [after > before ? 'forward' : 'back', at] as const),
)('when the clocks of Europe go %s', (_, change) => {
  test('daemons run the very slots that run names, each once', async () => {
    const from = change - 90 * MINUTE;
    const until = change + 130 * MINUTE;
    // Another attempt has a fleet of its own, that knows nothing of this one.
    const name = `fleet-${randomUUID()}`;
    const options = [
      ...['--redis', redis.url, '--prefix', name, '--log', 'json'],
      ...[...WHENEVER, ...PATIENT],
    ];
    const entries = () => fleet.entries().filter(({ node }) => node.startsWith(name));
    const start = new Date(from).toISOString().slice(0, 19).replace('T', ' ');
    const child = spawn(
      'faketime',
      [
        ...['-f', `@${start} x${SPEED}`, FIXTURE, name, String(NODES)],
        ...[process.execPath, BIN, 'daemon', fleet.crontab, ...options],
      ],
      { env: { ...process.env, TZ: 'UTC' }, stdio: ['pipe', 'ignore', 'pipe'] },
    );
    const said = text(child.stderr);
    const last = { from: until - 21 * MINUTE, until: until + HOUR };
    const lastSlots = () => entries().filter(({ slot }) => isIn(last, Date.parse(slot)));
    await vi.waitFor(() => expect(lastSlots().length).toBeGreaterThanOrEqual(2 * ZONES.length), {
      timeout: (1.5 * (until - from)) / SPEED,
      interval: 200,
    });
    child.stdin.end();
    await once(child, 'exit');

    // What was said while they came up tells when they were ready.
    const ready = Math.max(...timesOf(await said, 'ready'));
    expect(ready).toBeLessThan(change - HOUR);
    const window = { from: ready, until: until - 20 * MINUTE };
    for (const { key, zone, expression } of jobs) {
      const begun = entries()
        .filter((entry) => entry.key === key && entry.event === 'begin')
        .map(({ slot }) => slot)
        .filter((slot) => isIn(window, Date.parse(slot)))
        .sort();
      expect([key, ...begun]).toEqual([key, ...slotsThatRunNames(expression, zone, window)]);
    }
  }, 150_000);
});

interface Window {
  readonly from: number;
  readonly until: number;
}

function isIn({ from, until }: Window, instant: number): boolean {
  return instant > from && instant <= until;
}

/** What `run` would call the slot, on a node whose cron starts it a second after each minute. */
function slotsThatRunNames(expression: string, zone: string, window: Window): readonly string[] {
  const schedule = parseCron(expression, zone);
  const named = new Set<string>();
  for (let at = window.from; at <= window.until; at += MINUTE) {
    const { id } = nameSlot(schedule, Math.floor(at / MINUTE) * MINUTE + 1_000);
    if (isIn(window, Date.parse(id))) named.add(id);
  }
  return [...named];
}

function timesOf(said: string, event: string): readonly number[] {
  return said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): { event: string; time: string } => JSON.parse(line))
    .filter((line) => line.event === event)
    .map(({ time }) => Date.parse(time));
}
