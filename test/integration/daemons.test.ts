import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples } from '../examples/stage.js';
import type { LiveCli } from '../support/cli.js';
import { type DaemonFleet, type Entry, newDaemonFleet } from '../support/daemons.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { untilAtLeast } from '../support/until.js';

failOnLeaks();

const SLOTS = 60;
/** Between two slots of the example's `tick`, ms. */
const PERIOD = 2_000;

let redis: RedisServer;
let fleet: DaemonFleet;
beforeAll(async () => {
  redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
  fleet = newDaemonFleet(redis.url);
  // The example as it is, with a job that writes down what happens in place of its own.
  const example = readFileSync(join(examples, 'crontab'), 'utf8');
  fleet.write(
    example
      .replaceAll(/\/opt\/app\/bin\/tick/g, fleet.job(0.3))
      .replaceAll('/opt/app/bin', '/bin/true #'),
  );
});
afterAll(async () => {
  fleet.remove();
  await redis.stop();
});

test(
  'three daemons run each of 60 slots once, though one is killed, one suspended, and Redis restarted',
  async () => {
    const nodes = ['node-1', 'node-2', 'node-3'];
    const daemons = new Map(nodes.map((node) => [node, fleet.start(node, [])]));
    await Promise.all([...daemons.values()].map((daemon) => daemon.waitForOutput('ready')));
    const begun = () => ticks().filter(({ event }) => event === 'begin');
    const lastWinner = () => begun().at(-1)?.node ?? '';

    await untilAtLeast(1, () => begun().length);
    const [first] = begun();

    // One dies, with a job under way if it can be.
    await untilAtLeast(12, () => begun().length);
    const killed = lastWinner();
    daemonOf(daemons, killed).kill('SIGKILL');

    // One stands still for several slots, and goes on.
    await untilAtLeast(22, () => begun().length);
    const suspended = nodes.find((node) => node !== killed) ?? '';
    daemonOf(daemons, suspended).kill('SIGSTOP');
    await untilAtLeast(26, () => begun().length);
    daemonOf(daemons, suspended).kill('SIGCONT');

    // Redis goes and comes back, knowing what it knew.
    await untilAtLeast(36, () => begun().length);
    await redis.restart();

    await untilSlot(first, SLOTS);
    const survivors = nodes.filter((node) => node !== killed);
    for (const node of survivors) daemonOf(daemons, node).kill('SIGTERM');
    const ends = await Promise.all(survivors.map((node) => daemonOf(daemons, node).ended));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);

    const slots = begun().map(({ slot }) => slot);
    const expected = Array.from({ length: SLOTS }, (_, i) =>
      new Date(Date.parse(first?.slot ?? '') + i * PERIOD).toISOString().replace('.000Z', 'Z'),
    );
    // None twice (A), and none left out (D).
    expect(slots.slice(0, SLOTS)).toEqual(expected);
    expect(new Set(slots).size).toBe(slots.length);
    // No two at the same time (B): the killed daemon's job is nobody's any more.
    expectNoOverlap(ticks().filter(({ node }) => node !== killed));
    // Fences rise (C).
    const fences = begun().map(({ fence }) => fence);
    expect(fences).toEqual(fences.toSorted((one, other) => one - other));
    // Both that lived on have had their share, and the one that stood still afterwards, too.
    const late = begun().slice(40);
    expect(new Set(late.map(({ node }) => node))).toEqual(new Set(survivors));
  },
  4 * 60_000,
);

function ticks(): readonly Entry[] {
  return fleet.entries().filter(({ key }) => key === 'tick');
}

async function untilSlot(first: Entry | undefined, count: number): Promise<void> {
  const last = Date.parse(first?.slot ?? '') + (count - 1) * PERIOD;
  await new Promise((resolve) => setTimeout(resolve, last - Date.now()));
  await untilAtLeast(1, () => ticks().filter(({ slot }) => Date.parse(slot) >= last).length);
}

function expectNoOverlap(entries: readonly Entry[]): void {
  const order = entries.map(({ event }) => event);
  expect(order).toEqual(order.map((_, index) => (index % 2 === 0 ? 'begin' : 'end')));
}

function daemonOf(daemons: ReadonlyMap<string, LiveCli>, node: string): LiveCli {
  const daemon = daemons.get(node);
  if (daemon === undefined) throw new Error(`there is no ${node}`);
  return daemon;
}
