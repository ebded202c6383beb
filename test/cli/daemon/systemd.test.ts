import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveCli } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { type Listener, listenAsServiceManager } from '../../support/service-manager.js';

failOnLeaks();

let redis: RedisServer;
let systemd: Listener;
let fleet: DaemonFleet;
let daemon: LiveCli | undefined;
beforeEach(async () => {
  redis = await startRedis();
  systemd = await listenAsServiceManager();
  fleet = newDaemonFleet(redis.url);
});
afterEach(async () => {
  daemon?.kill('SIGTERM');
  await daemon?.ended;
  daemon = undefined;
  fleet.remove();
  await systemd.stop();
  await redis.stop();
});

const WATCHDOG = 'WATCHDOG=1';
/** The next message that is not the watchdog's. */
async function heard(): Promise<string> {
  for (;;) {
    const message = await systemd.heard();
    if (message !== WATCHDOG) return message;
  }
}

test('systemd hears that the daemon is up, reads its crontab again, is healthy, and ends', async () => {
  fleet.write('0 3 * * * true\n');
  const env = { NOTIFY_SOCKET: systemd.socket, WATCHDOG_USEC: '1000000' };
  daemon = fleet.start('node-1', [], { env });
  expect(await systemd.heard()).toMatch(/^READY=1 STATUS=1 entry of /);
  // At every half of its time, whatever else is said.
  for (const _ of [1, 2, 3]) expect(await systemd.heard()).toBe(WATCHDOG);

  fleet.write('0 3 * * * true\n0 4 * * * true\n');
  daemon.kill('SIGHUP');
  expect(await heard()).toMatch(/^RELOADING=1 MONOTONIC_USEC=\d+$/);
  expect(await heard()).toMatch(/^READY=1 STATUS=2 entries of /);
  fleet.write('nonsense\n');
  daemon.kill('SIGHUP');
  expect(await heard()).toMatch(/^RELOADING=1 /);
  expect(await heard()).toBe('READY=1 STATUS=running an older crontab: the file is broken');

  daemon.kill('SIGTERM');
  expect(await heard()).toMatch(/^STOPPING=1 STATUS=waiting up to /);
  expect((await daemon.ended).code).toBe(0);
});

/** As systemd starts it: JOURNAL_STREAM names the pipe that its stderr is. */
const IN_JOURNAL = [
  '-c',
  'JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) exec "$@"',
  'sh',
  process.execPath,
];

test('in the journal each line has its priority: ours, and those of jobs', async () => {
  fleet.write('# redlock-run: key=bad\n* * * * * * echo word; echo trouble >&2; exit 3\n');
  daemon = fleet.start('node-1', [], { node: 'sh', nodeArgs: IN_JOURNAL });
  await daemon.waitForOutput(/^<6>redlock-run: ready: /m);
  await daemon.waitForOutput(/^<5>\[bad\] trouble$/m);
  await daemon.waitForOutput(/^<[34]>redlock-run: bad: failed .*, exit 3$/m);
  // What has more than one line has it in front of each.
  fleet.write('nonsense\nmore of it\n');
  daemon.kill('SIGHUP');
  await daemon.waitForOutput(/^<3>redlock-run: not reloaded, .*\n<3>.*:1:\d+: .*\n<3>.*:2:\d+: /m);
  const lines = daemon.stderr.split('\n').slice(0, -1);
  expect(lines.filter((line) => !/^<[3-6]>/.test(line))).toEqual([]);
  // Only stderr is the journal's here.
  expect(daemon.stdout).toMatch(/^\[bad\] word$/m);
});
