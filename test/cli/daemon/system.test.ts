import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, test } from 'vitest';
import type { LiveCli } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const mayChangeUser =
  process.getuid?.() === 0 && spawnSync('setpriv', ['--reuid=nobody', 'true']).status === 0;

let redis: RedisServer;
let fleet: DaemonFleet;
let daemon: LiveCli | undefined;
beforeEach(async () => {
  redis = await startRedis();
  fleet = newDaemonFleet(redis.url);
});
afterEach(async () => {
  daemon?.kill('SIGTERM');
  await daemon?.ended;
  fleet.remove();
  await redis.stop();
});

test('daemon --system runs each job as its user', async ({ skip }) => {
  skip(!mayChangeUser, 'only root may change the user');
  const line = (user: string) => `* * * * * * ${user} echo "as $(id -un), in $HOME"`;
  const jobs = ['# redlock-run: key=a', line('nobody'), '# redlock-run: key=b', line('root')];
  // The folder of these tests may be closed to others.
  fleet.write(['HOME=/', ...jobs, ''].join('\n'));
  daemon = fleet.start('node-1', ['--system']);
  await daemon.waitForOutput(/^\[a\] as nobody, in \/$/m);
  await daemon.waitForOutput(/^\[b\] as root, in \/$/m);
});
