import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveCli } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { untilAtLeast } from '../../support/until.js';

failOnLeaks();

let redis: RedisServer;
let fleet: DaemonFleet;
let daemons: LiveCli[] = [];
beforeEach(async () => {
  redis = await startRedis();
  fleet = newDaemonFleet(redis.url);
});
afterEach(async () => {
  for (const daemon of daemons) daemon.kill('SIGCONT');
  for (const daemon of daemons) daemon.kill('SIGTERM');
  await Promise.all(daemons.splice(0).map(({ ended }) => ended));
  fleet.remove();
  await redis.stop();
});

const PERIOD = 5_000;
/** ms before a slot by which both daemons are surely suspended. */
const LEEWAY = 1_000;
/** ms after it: node-cron takes a tick of seconds for a missed one when it is later than a second. */
const TOO_LATE = 2_500;

test('a daemon that was suspended over a slot runs it once with --catch-up, and not without', async () => {
  fleet.write(
    [
      `# redlock-run: key=job\n*/5 * * * * * ${fleet.job(0)}`,
      `# redlock-run: key=beat every-node\n* * * * * * ${fleet.job(0)}`,
      '',
    ].join('\n'),
  );
  // Of two fleets, so that neither has the other's slots.
  daemons = [
    fleet.start('catches-up', ['--catch-up', '30s', '--prefix', 'one']),
    fleet.start('does-not', ['--prefix', 'other']),
  ];
  await Promise.all(daemons.map((daemon) => daemon.waitForOutput('ready')));
  // What it catches up on at its start is over: a run that is suspended as well would be in the way.
  await daemons[0]?.waitForOutput('job: finished');
  const slot = (Math.floor((Date.now() + LEEWAY) / PERIOD) + 1) * PERIOD;
  for (const daemon of daemons) daemon.kill('SIGSTOP');
  await wait(slot + TOO_LATE - Date.now());
  for (const daemon of daemons) daemon.kill('SIGCONT');

  const missed = new Date(slot).toISOString().replace('.000Z', 'Z');
  const begun = (key: string) =>
    fleet.entries().filter((entry) => entry.event === 'begin' && entry.key === key);
  const nodesOfMissed = () =>
    begun('job')
      .filter(({ slot: id }) => id === missed)
      .map(({ node }) => node);
  await untilAtLeast(1, () => nodesOfMissed().length);
  // Both go on, each with its seconds.
  for (const name of ['catches-up', 'does-not']) {
    const goesOn = () => begun('beat').filter(({ node, slot: id }) => node === name && id > missed);
    await untilAtLeast(2, () => goesOn().length);
  }
  expect(nodesOfMissed()).toEqual(['catches-up']);
}, 60_000);
