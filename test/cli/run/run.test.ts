import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BIN, type CliOptions, cli, start } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let count = 0;
let K: string[];
beforeEach(() => {
  // A slot by name, so that no test depends on the minute.
  K = ['--key', `job-${++count}`, '--slot', 'one'];
});

const call = (args: readonly string[], options: CliOptions = {}) =>
  cli(args, { ...options, env: { REDIS_URL: redis.url, ...options.env } });

describe('the winner', () => {
  test('prints the bytes of the job and nothing else', async () => {
    const result = await call([...K, '--', 'sh', '-c', 'printf out; printf err >&2']);
    expect(result).toMatchObject({ code: 0, stdout: 'out', stderr: 'err' });
  });

  test.each([1, 2, 75, 255])('passes exit code %i on', async (code) => {
    expect(await call([...K, '--', 'sh', '-c', `exit ${code}`])).toMatchObject({ code });
  });

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['SEGV', 139],
  ])('exits 128+n when SIG%s ends the job', async (name, code) => {
    const result = await call([...K, '--', 'sh', '-c', `kill -${name} $$`]);
    expect(result).toMatchObject({ code, signal: null, stderr: '' });
  });

  test('gives the job its stdin', async () => {
    expect(await call([...K, '--', 'cat'], { stdin: 'a\nb' })).toMatchObject({ stdout: 'a\nb' });
  });

  test('uses no shell unless asked to', async () => {
    const plain = await call([...K, '--', 'printf', '%s', '$HOME *;']);
    expect(plain.stdout).toBe('$HOME *;');
    const args = [...K.slice(0, 3), 'two', '--shell', '--', 'echo "$1"; exit 3', 'a  b'];
    expect(await call(args)).toMatchObject({ code: 3, stdout: 'a  b\n' });
  });

  test('tells the job about its run', async () => {
    const args = [...K, '--node', 'node-7', '--winners', '2', '--', 'env'];
    const { stdout } = await call(args);
    const said = stdout.split('\n').filter((line) => line.startsWith('REDLOCK_RUN_'));
    expect(Object.fromEntries(said.map((line) => line.split('=', 2)))).toEqual({
      REDLOCK_RUN_KEY: K[1],
      REDLOCK_RUN_SLOT: 'one',
      REDLOCK_RUN_FENCE: expect.stringMatching(/^\d{16}$/),
      REDLOCK_RUN_OWNER: expect.stringMatching(/^[0-9a-f]{32}$/),
      REDLOCK_RUN_RANK: '1',
      REDLOCK_RUN_ATTEMPT: '1',
      REDLOCK_RUN_NODE: 'node-7',
    });
    expect((await call(args)).stdout).toContain('REDLOCK_RUN_RANK=2\n');
  });

  test('leaves words after -- to the job, even our own', async () => {
    const result = await call([...K, '--', 'echo', '--help', '--', '--version', 'run']);
    expect(result.stdout).toBe('--help -- --version run\n');
  });

  test('is named by the current minute when no schedule is given', async () => {
    const before = Date.now();
    const { stdout } = await call([...K.slice(0, 2), '--', 'printenv', 'REDLOCK_RUN_SLOT']);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z\n$/);
    const at = Date.parse(stdout.trim());
    // The slot's early share is a tenth of the minute.
    expect(at).toBeGreaterThan(before - 60_000);
    expect(at).toBeLessThanOrEqual(Date.now() + 6_000);
  });

  test('is named by the schedule, in its zone', async () => {
    const schedule = ['--schedule', '0 3 * * *', '--timezone', 'Asia/Kolkata'];
    const args = [...K.slice(0, 2), ...schedule, '--', 'printenv', 'REDLOCK_RUN_SLOT'];
    expect((await call(args)).stdout).toMatch(/T21:30:00Z\n$/);
  });
});

describe('the loser', () => {
  beforeEach(async () => {
    await call([...K, '--node', 'node-7', '--', 'sh', '-c', 'exit 3']);
  });

  test('exits 0, says nothing and runs nothing', async () => {
    const result = await call([...K, '--', 'echo', 'ran']);
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('exits with --skip-exit-code', async () => {
    expect(await call([...K, '--skip-exit-code', '99', '--', 'true'])).toMatchObject({ code: 99 });
  });

  test('with -v says who won, when, how it ended and how to run anyway', async () => {
    const { stdout, stderr } = await call([...K, '-v', '--', 'true']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^redlock-run: not run here: job-\d+ one was won by node-7 at \S+Z and has ended, exit 3\. To run it anyway, give it a slot of its own: --slot \S+\n$/,
    );
  });

  test('with --log json says the same to a machine', async () => {
    const { stderr } = await call([...K, '-v', '--log', 'json', '--node', 'n2', '--', 'true']);
    expect(JSON.parse(stderr)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'notice',
      event: 'not-elected',
      key: K[1],
      slot: 'one',
      node: 'n2',
      rank: 2,
      holder: 'node-7',
      holder_state: 'failed',
      message: expect.stringContaining('was won by node-7'),
    });
  });

  test('explains itself in a terminal, and obeys NO_COLOR and -q', async () => {
    const plain = await inTerminal([...K, '--', 'true'], { NO_COLOR: '1' });
    expect(plain).toMatch(/^redlock-run: not run here: .*\r\n$/);
    const coloured = await inTerminal([...K, '--', 'true']);
    expect(coloured).toContain('\u001b[');
    expect(await inTerminal([...K, '-q', '--', 'true'])).toBe('');
  });

  test('that comes during the run is told that it is running', async () => {
    const running = [...K.slice(0, 3), 'two'];
    const winner = start([...running, '--', 'sh', '-c', 'echo up; exec sleep 60'], {
      env: { REDIS_URL: redis.url },
    });
    await winner.waitForOutput('up');
    expect((await call([...running, '-v', '--', 'true'])).stderr).toContain('and is running');
    const later = [...K.slice(0, 3), 'three'];
    expect((await call([...later, '-v', '--', 'true'])).stderr).toMatch(
      /not run: job-\d+ three came while the run of two on .* is alive; --overlap allow/,
    );
    const allowed = await call([
      ...later.slice(0, 3),
      'four',
      '--overlap',
      'allow',
      '--',
      'echo',
      'ran',
    ]);
    expect(allowed.stdout).toBe('ran\n');
    winner.kill('SIGTERM');
    expect((await winner.ended).code).toBe(143);
  });

  /** `script` of util-linux gives it a terminal. */
  async function inTerminal(args: readonly string[], env: Record<string, string> = {}) {
    const line = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
    const { stdout } = await promisify(execFile)('script', ['-qec', line, '/dev/null'], {
      env: { PATH: process.env.PATH, REDIS_URL: redis.url, ...env },
    });
    return stdout;
  }
});

describe('a fleet', () => {
  test('of twelve processes at the same moment runs a slot once', async () => {
    const fleet = Array.from({ length: 12 }, (_, i) =>
      call([...K, '--node', `node-${i}`, '--', 'echo', 'ran']),
    );
    const results = await Promise.all(fleet);
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      results.map(() => ({ code: 0, stderr: '' })),
    );
    expect(results.map(({ stdout }) => stdout).join('')).toBe('ran\n');
  });
});

describe('a command whose clock is wrong', () => {
  test('ahead: does not burn a slot of the future, and says so', async () => {
    const args = [...K.slice(0, 2), '--every', '1h', '--', 'echo', 'ran'];
    const wrong = await call(args, faketime('+3h'));
    expect(wrong).toMatchObject({ code: 0, stdout: '' });
    expect(wrong.stderr).toMatch(/lies in the future by the clock of Redis; .* 3h ahead of it/);
  });

  test('behind: does not run a slot that is past', async () => {
    const args = [...K.slice(0, 2), '--every', '1h', '--', 'echo', 'ran'];
    const wrong = await call(args, faketime('-3h'));
    expect(wrong).toMatchObject({ code: 0, stdout: '' });
    expect(wrong.stderr).toMatch(/past the time \(--late\) for .* behind it/);
  });

  function faketime(offset: string): CliOptions {
    const library = '/usr/$LIB/faketime/libfaketime.so.1';
    return { env: { LD_PRELOAD: library, FAKETIME: offset, DONT_FAKE_MONOTONIC: '1' } };
  }
});

describe('options come from', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('flag, then environment, then file, then default; an empty variable is unset', async () => {
    const file = join(folder, 'redlock-run.yaml');
    writeFileSync(file, 'skip-exit-code: 9\nprefix: from-file\n');
    const env = { REDLOCK_RUN_CONFIG: file, REDLOCK_RUN_NODE: '', REDLOCK_RUN_KEY: K[1] ?? '' };
    await call(['--slot', 'one', '--', 'true'], { env });
    expect(await redis.command('EXISTS', `from-file:{${K[1]}}:slot:one`)).toBe(1);
    expect((await call(['--slot', 'one', '--', 'true'], { env })).code).toBe(9);
    expect(
      (await call(['--slot', 'one', '--skip-exit-code', '8', '--', 'true'], { env })).code,
    ).toBe(8);
  });

  test('a file of JSON, whose switches may be off', async () => {
    const file = join(folder, 'redlock-run.json');
    writeFileSync(file, '{"verbose": false, "log": "json", "lease": "45s", "winners": 2}');
    const args = ['--config', file, ...K, '--', 'printenv', 'REDLOCK_RUN_RANK'];
    await call(args);
    expect(await call(args)).toMatchObject({ stdout: '2\n', stderr: '' });
  });
});
