import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { startRedis } from '../../support/redis-server.js';

failOnLeaks();

const mayChangeUser =
  process.getuid?.() === 0 && spawnSync('setpriv', ['--reuid=nobody', 'true']).status === 0;

test('daemon --system runs each job as its user', async ({ skip, onTestFinished }) => {
  skip(!mayChangeUser, 'only root may change the user');
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const line = (user: string) => `* * * * * * ${user} echo "as $(id -un), in $HOME"`;
  const jobs = ['# redlock-run: key=a', line('nobody'), '# redlock-run: key=b', line('root')];
  // The folder of these tests may be closed to others.
  const fleet = newDaemonFleet(redis.url, ['HOME=/', ...jobs, ''].join('\n'));
  onTestFinished(() => fleet.remove());
  const daemon = fleet.start('node-1', ['--system']);
  onTestFinished(async () => {
    daemon.kill('SIGTERM');
    await daemon.ended;
  });
  await daemon.waitForOutput(/^\[a\] as nobody, in \/$/m);
  await daemon.waitForOutput(/^\[b\] as root, in \/$/m);
});
