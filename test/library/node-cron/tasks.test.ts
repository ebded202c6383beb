import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RedisCoordinatorOptions } from '../../../src/node-cron.js';
import { cli, type LiveCli, startScript } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const APP = fileURLToPath(new URL('fixtures/app.mjs', import.meta.url));

let redis: RedisServer;
let apps: LiveCli[];
beforeEach(async () => {
  redis = await startRedis();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) app.kill('SIGKILL');
  await Promise.all(apps.map(({ ended }) => ended));
  await redis.stop();
});

function startApp(expression: string, options: RedisCoordinatorOptions, more = {}): LiveCli {
  const app = startScript(APP, [], {
    env: {
      APP_EXPRESSION: expression,
      APP_OPTIONS: JSON.stringify({ redis: redis.url, ...options }),
      ...more,
    },
    within: 60_000,
  });
  apps.push(app);
  return app;
}

/** ms in which processes are up. */
const START_UP = 4_000;

/** An expression that fires once, soon, and its slot. */
function soon(): { readonly expression: string; readonly slot: string } {
  const date = new Date(Math.ceil((Date.now() + START_UP) / 1000) * 1000);
  const time = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours()];
  const expression = [...time, date.getUTCDate(), date.getUTCMonth() + 1, '*'].join(' ');
  return { expression, slot: date.toISOString().replace('.000Z', 'Z') };
}

test('when the process that runs is killed, another one runs the slot', async () => {
  const { expression, slot } = soon();
  const options = { takeover: true, lease: '1s' };
  const fleet = ['a', 'b'].map((node) =>
    startApp(expression, { ...options, node }, { APP_HANGS: 'yes' }),
  );
  const firsts = fleet.map(async (app) => {
    await app.waitForOutput(`runs ${slot}, turn 1`);
    return app;
  });
  const first = await Promise.any(firsts);
  const other = fleet.find((app) => app !== first);
  // It stands by: it has bid, and has no answer yet.
  await expect
    .poll(() => redis.command('GET', `redlock-run:{nightly}:slot:${slot}`), { timeout: 10_000 })
    .toBe('2');
  first.kill('SIGKILL');
  await other?.waitForOutput(`runs ${slot}, turn 2`);
  await other?.waitForOutput(`${slot}: ran`);
  expect(await historyOf(redis, 'nightly')).toMatchObject([
    { slot, outcome: 'died', attempt: '1' },
    { slot, outcome: 'done', attempt: '2' },
  ]);
});

test('a slot that the command line has claimed is not run by an application', async () => {
  const { expression, slot } = soon();
  const app = startApp(expression, {});
  await app.waitForOutput('ready');
  const line = ['--key', 'nightly', '--slot', slot, '--', 'echo', 'ran'];
  const env = { REDIS_URL: redis.url };
  expect((await cli(line, { env })).stdout).toBe('ran\n');
  await app.waitForOutput(`${slot}: skipped`);
  app.kill('SIGTERM');
  expect(await app.ended).toMatchObject({ code: 0 });
  expect(app.stdout).not.toContain('runs');
});

test('a slot that an application has run is not run by the command line', async () => {
  const { expression, slot } = soon();
  const app = startApp(expression, {});
  await app.waitForOutput(`${slot}: ran`);
  const line = ['--key', 'nightly', '--slot', slot, '--', 'echo', 'ran'];
  expect((await cli(line, { env: { REDIS_URL: redis.url } })).stdout).toBe('');
  app.kill('SIGTERM');
  expect(await app.ended).toMatchObject({ code: 0 });
});

test('where Redis refuses, nothing is run, and node-cron’s log says why without a secret', async () => {
  const { expression, slot } = soon();
  const app = startApp(expression, {
    redis: 'redis://:hunter2@127.0.0.1:1',
    redisTimeout: '200ms',
  });
  await app.waitForOutput('skipping execution (fail-closed)');
  await app.waitForOutput('cannot reach Redis at redis://127.0.0.1:1');
  app.kill('SIGTERM');
  const { code, stdout, stderr } = await app.ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain(`runs ${slot}`);
  expect(stdout + stderr).not.toContain('hunter2');
});
