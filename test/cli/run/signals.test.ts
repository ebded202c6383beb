import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cli, start } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { stateOf } from '../../support/processes.js';
import { startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let slots = 0;
let K: string[];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => {
  K = ['--key', 'nightly', '--overlap', 'allow', '--slot', `${++slots}`];
});

const run = (args: readonly string[], url = redis.url) =>
  start([...K, ...args], { env: { REDIS_URL: url } });
const record = (field: string) =>
  redis.command('HGET', `redlock-run:{nightly}:run:${slots}`, field);

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const)(
    '%s reaches the job, whose end is the exit code and is recorded',
    async (name, code) => {
      const wrapper = run(['--', 'sh', '-c', 'echo ready $$; exec sleep 60']);
      await wrapper.waitForOutput('ready');
      wrapper.kill(name);
      expect(await wrapper.ended).toMatchObject({ code, signal: null, stderr: '' });
      expect(await record('exit:1')).toBe(String(code));
    },
  );

  test('may be answered by the job as it likes', async () => {
    const job = 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.05; done';
    const wrapper = run(['--', 'sh', '-c', job]);
    await wrapper.waitForOutput('ready');
    wrapper.kill('SIGTERM');
    expect(await wrapper.ended).toMatchObject({ code: 5, stdout: 'ready\ncaught\n' });
  });

  test('that comes before the answer keeps the job from beginning', async () => {
    const proxy = await startProxy(redis.port, { fault: () => ({ delay: 700 }) });
    const wrapper = run(['--', 'echo', 'ran'], proxy.url);
    await proxy.seen(1);
    wrapper.kill('SIGTERM');
    const result = await wrapper.ended;
    await proxy.stop();
    expect(result).toMatchObject({ code: 143, stdout: '' });
    expect(result.stderr).toMatch(/^redlock-run: told to stop by SIGTERM before [^\n]+\n$/);
    expect(await record('state:1')).toBe('aborted');
    expect(
      await cli([...K, '-v', '--', 'echo', 'ran'], { env: { REDIS_URL: redis.url } }),
    ).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('told to stop before the job began'),
    });
  });
});

describe('--timeout', () => {
  test('ends the job and everything it started, with exit code 124', async () => {
    const job = 'sleep 60 & sleep 60 & echo children $!; setsid sleep 60 & wait';
    const wrapper = run(['--timeout', '500ms', '--kill-after', '200ms', '--', 'sh', '-c', job]);
    const [, child] = await wrapper.waitForOutput(/children (\d+)/);
    const result = await wrapper.ended;
    expect(result.code).toBe(124);
    expect(result.stderr).toMatch(/^redlock-run: the job's time \(--timeout\) was up[^\n]*\n$/);
    expect(stateOf(Number(child))).toBeUndefined();
    expect(await record('state:1')).toBe('failed');
  });

  test('kills a job that does not listen', async () => {
    const job = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';
    const args = ['--timeout', '300ms', '--kill-after', '100ms', '--', 'sh', '-c', job];
    expect(await run(args).ended).toMatchObject({ code: 124 });
  });
});

test('kill -9 of the wrapper leaves the slot claimed: nobody runs it again', async () => {
  const wrapper = run(['--', 'sh', '-c', 'echo ready $$; exec sleep 60']);
  const [, job] = await wrapper.waitForOutput(/ready (\d+)/);
  wrapper.kill('SIGKILL');
  process.kill(Number(job), 'SIGKILL');
  expect((await wrapper.ended).signal).toBe('SIGKILL');
  const later = await cli([...K, '--', 'echo', 'ran'], { env: { REDIS_URL: redis.url } });
  expect(later).toMatchObject({ code: 0, stdout: '', stderr: '' });
});
