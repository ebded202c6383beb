import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIN, cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';

failOnLeaks();

/** A server that must never be reached. */
let redis: RedisProxy;
let folder: string;
beforeAll(async () => {
  redis = await startProxy(1, { deaf: true });
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(async () => {
  expect(redis.connections, 'connections for bad input').toBe(0);
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const call = (args: readonly string[], env: Record<string, string> = {}) =>
  cli(args, { env: { REDLOCK_RUN_REDIS: redis.url, ...env } });

const K = ['--key', 'nightly'];
const JOB = ['--', 'true'];

describe('bad input is refused before Redis is contacted, in one line:', () => {
  test.each([
    [['--redis-password=hunter2']],
    [['-ahunter2']],
    [['-r', 'redis://127.0.0.1:1', 'redis://:hunter2@h:1']],
    [['--redis-timeout', 'redis://:hunter2@h:1']],
    [['--on-redis-down', 'redis://me:hunter2@h:1']],
  ])('a password in the wrong place is not shown: %j', async (args) => {
    const { code, stderr } = await cli(['--key', 'a', ...args, '--', 'true']);
    expect(code).toBe(64);
    expect(stderr).not.toContain('hunter2');
  });

  test.each<[string, string[], number, string | RegExp]>([
    ['nothing at all', [], 64, '--key: is missing'],
    ['no key', JOB, 64, '--key: is missing'],
    ['an empty key', ['--key', '', ...JOB], 64, '--key: "" is empty'],
    ['a key of spaces', ['--key', '  ', ...JOB], 64, 'begins or ends with a space'],
    ['a key with a newline', ['--key', 'a\nb', ...JOB], 64, /"a\\nb" holds a line break/],
    ['a key with an escape', ['--key', '\u001b[31m', ...JOB], 64, 'another control character'],
    ['an invisible key', ['--key', 'a\u200b', ...JOB], 64, 'invisible'],
    ['a long key', ['--key', 'x'.repeat(201), ...JOB], 64, 'too long; allowed are 1 to 200 bytes'],
    ['a key twice', [...K, ...K, ...JOB], 64, '--key: given more than once'],
    ['a key that is missing', ['--key', ...JOB], 64, '--key: its value is missing'],
    ['a value that is the next option', ['--key', '--slot', ...JOB], 64, '--slot follows it'],
    ['an unknown option', [...K, '--kye', 'x', ...JOB], 64, 'Did you mean --key'],
    ['a switch with a value', [...K, '--verbose=3', ...JOB], 64, "unknown option '--verbose=…'"],
    ['no command', [...K], 64, 'the command is missing'],
    ['no command after --', [...K, '--'], 64, 'the command is missing'],
    ['a command without --', [...K, 'true'], 64, 'put -- before the command'],
    ['a word before --', [...K, 'what', ...JOB], 64, 'unexpected "what"'],
    ['cron fields without quotes', [...K, '-s', '0', '3', ...JOB], 64, 'in quotes?'],
    [
      'a cron expression of four fields',
      [...K, '-s', '0 3 * *', ...JOB],
      64,
      '--schedule: "0 3 * *"',
    ],
    ['a cron expression of seven', [...K, '-s', '0 0 3 * * * *', ...JOB], 64, '--schedule: '],
    ['minute 60', [...K, '-s', '60 3 * * *', ...JOB], 64, '--schedule: "60 3 * * *"'],
    ['a day that never comes', [...K, '-s', '0 0 31 2 *', ...JOB], 64, '--schedule: '],
    ['@reboot', [...K, '-s', '@reboot', ...JOB], 64, '--schedule: '],
    [
      'an unknown zone',
      [...K, '-s', '@daily', '--timezone', 'Mars/X', ...JOB],
      64,
      '--timezone: "Mars/X"',
    ],
    ['a zone without a schedule', [...K, '--timezone', 'UTC', ...JOB], 64, 'belongs to --schedule'],
    [
      'a limit without a takeover',
      [...K, '--max-attempts', '2', ...JOB],
      64,
      'belongs to --takeover',
    ],
    ['codes without retries', [...K, '--retry-on', '1', ...JOB], 64, 'belongs to --retries'],
    [
      'a strange exit code',
      [...K, '--retries', '1', '--retry-on', '1,x', ...JOB],
      64,
      '--retry-on: "x"',
    ],
    [
      'a wait without waiting',
      [...K, '--wait-timeout', '1s', ...JOB],
      64,
      'belongs to --overlap wait',
    ],
    ['two schedules', [...K, '-s', '@daily', '--every', '1h', ...JOB], 64, 'exclude each other'],
    [
      'a zero period',
      [...K, '--every', '0s', ...JOB],
      64,
      '--every: "0s" is out of range; allowed is 1s to 366d',
    ],
    ['a negative period', [...K, '--every', '-5m', ...JOB], 64, '--every: "-5m" is not a duration'],
    ['a huge period', [...K, '--every', '9'.repeat(30).concat('d'), ...JOB], 64, 'out of range'],
    [
      'a period without a unit',
      [...K, '--every', '90', ...JOB],
      64,
      'write 90s, 5m, 1h30m or 250ms',
    ],
    ['a fraction', [...K, '--every', '1.5h', ...JOB], 64, 'is not a duration'],
    ['a short lease', [...K, '--lease', '10ms', ...JOB], 64, '--lease: "10ms" is out of range'],
    ['a zero timeout', [...K, '--timeout', '0s', ...JOB], 64, '--timeout: "0s" is out of range'],
    ['no winners', [...K, '--winners', '0', ...JOB], 64, 'a whole number from 1 to 1000'],
    ['half a winner', [...K, '--winners', '1.5', ...JOB], 64, '--winners: "1.5"'],
    [
      'a policy that is no policy',
      [...K, '--on-redis-down', 'ignore', ...JOB],
      64,
      'choose fail or skip or run',
    ],
    [
      'a local record of nothing',
      [...K, '--local-record', '/tmp/x', ...JOB],
      64,
      '--local-record: belongs to --on-redis-down skip or run',
    ],
    [
      'a jitter beyond the next slot',
      [...K, '--every', '5m', '--jitter', '5m', ...JOB],
      64,
      /--jitter: 5m is too long; [-\dT:]+Z is claimed no later than 5m after it/,
    ],
    [
      'a jitter beyond --late',
      [...K, '--every', '5m', '--late', '10s', '--jitter', '1m', ...JOB],
      64,
      'no later than 10s after it',
    ],
    ['a jitter of hours', [...K, '--jitter', '2h', ...JOB], 64, 'allowed is 0s to 1h'],
    ['an unknown policy', [...K, '--overlap', 'maybe', ...JOB], 64, 'choose skip or allow or wait'],
    ['a slot with a space', [...K, '--slot', 'a b', ...JOB], 64, '--slot: "a b" is not a slot id'],
    [
      'a slot with early',
      [...K, '--slot', 'a', '--early', '1s', ...JOB],
      64,
      'leave --early and --late out',
    ],
    ['a node with a space', [...K, '--node', 'a b', ...JOB], 64, '--node: "a b" is not allowed'],
    ['a strange prefix', [...K, '--prefix', 'a{b}', ...JOB], 64, '--prefix: "a{b}" is not allowed'],
    ['an exit code of 256', [...K, '--skip-exit-code', '256', ...JOB], 64, 'from 0 to 255'],
    ['loud and quiet', [...K, '-v', '-q', ...JOB], 64, 'exclude each other'],
    [
      'an unknown log',
      [...K, '--log', 'xml', ...JOB],
      64,
      '--log: "xml" is not allowed; choose text or json',
    ],
    ['an unknown scheme', [...K, '-r', 'http://a', ...JOB], 78, '--redis: unknown scheme http://'],
    ['no URL', [...K, '-r', 'localhost:6379', ...JOB], 78, '--redis: not a URL'],
    ['an empty URL', [...K, '-r', '', ...JOB], 64, '--redis: is empty'],
    [
      'two URLs',
      [...K, '-r', 'redis://a', '-r', 'redis://b', ...JOB],
      78,
      '--redis: two URLs; give one, or three or more of independent masters',
    ],
    [
      'a master twice',
      [...K, '-r', 'redis://a', '-r', 'redis://b', '-r', 'valkey://A', ...JOB],
      78,
      '--redis: redis://a:6379 is there twice',
    ],
    [
      'a file for TLS without TLS',
      [...K, '--redis-ca', '/no', ...JOB],
      64,
      '--redis-ca: belongs to a URL with TLS',
    ],
    [
      'a user of Sentinels without Sentinels',
      [...K, '--sentinel-user', 'me', ...JOB],
      64,
      '--sentinel-user: belongs to a redis+sentinel:// URL',
    ],
    [
      'half of an IAM login',
      [...K, '--redis-iam-user', 'me', ...JOB],
      64,
      '--redis-iam-user and --redis-iam-cache belong together',
    ],
    [
      'no such file',
      [...K, '--config', '/no/such.yaml', ...JOB],
      78,
      'cannot read the configuration file "/no/such.yaml" (ENOENT)',
    ],
    ['a file without an end', [...K, '--config', '/dev/zero', ...JOB], 78, 'not a regular file'],
    [
      'a command that is not there',
      [...K, '--', 'no-such-command'],
      127,
      '"no-such-command": not found in PATH',
    ],
    ['a file that is not there', [...K, '--', './no/such'], 127, '"./no/such": no such file'],
    ['an empty command', [...K, '--', ''], 127, 'the command is empty'],
    [
      'a command that may not be executed',
      [...K, '--', '/etc/passwd'],
      126,
      '"/etc/passwd": permission denied',
    ],
    ['a directory', [...K, '--', '/tmp'], 126, '"/tmp": it is a directory'],
  ])('%s', async (_, args, code, message) => {
    const result = await call(args);
    expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    if (typeof message === 'string') expect(result.stderr).toContain(message);
    else expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['a URL', { REDLOCK_RUN_REDIS: 'ftp://x' }, 78, 'REDLOCK_RUN_REDIS: unknown scheme ftp://'],
    [
      'two URLs',
      { REDLOCK_RUN_REDIS: ' redis://a\tredis://b ' },
      78,
      'REDLOCK_RUN_REDIS: two URLs; give one',
    ],
    [
      'the second of three URLs',
      { REDLOCK_RUN_REDIS: 'redis://a ftp://b redis://c' },
      78,
      'REDLOCK_RUN_REDIS, URL 2: unknown scheme ftp://',
    ],
    ['white space', { REDLOCK_RUN_REDIS: ' ' }, 64, 'REDLOCK_RUN_REDIS: is empty'],
    ['a node', { REDLOCK_RUN_NODE: 'a b' }, 64, 'REDLOCK_RUN_NODE: "a b" is not allowed'],
    ['a file', { REDLOCK_RUN_CONFIG: '/no' }, 78, 'configuration file "/no"'],
    ['a key', { REDLOCK_RUN_KEY: ' a' }, 64, 'REDLOCK_RUN_KEY: " a" begins'],
  ])('a variable is named like an option: %s', async (_, env, code, message) => {
    const result = await call([...(env.REDLOCK_RUN_KEY ? [] : K), ...JOB], env);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  test.each([
    ['no YAML', 'lease: [', ': not valid YAML'],
    ['a list', '- lease', 'give options as NAME: VALUE lines'],
    ['an unknown name', 'laese: 30s', 'unknown option "laese"; allowed are '],
    ['a name that is no business of a file', 'key: nightly', 'unknown option "key"'],
    ['a wrong type', 'lease: [1]', 'lease: give a text or a number'],
    ['a list of what is no text', 'redis: [{ a: b }]', 'redis: give a text, or a list of them'],
    ['an empty list', 'redis: []', 'redis: give a text, or a list of them'],
    ['an alias of nothing', 'timezone: *foo', 'put a value that begins with * in quotes'],
    ['a wrong value', 'lease: long', 'lease: "long" is not a duration'],
    ['a switch that is none', 'verbose: 3', 'verbose: give true or false'],
  ])('a configuration file with %s', async (name, content, message) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, `${content}\n`);
    const result = await call([...K, '--config', file, ...JOB]);
    expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    expect(result.stderr).toContain(file);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code: 78, stdout: '' });
  });

  test('a configuration file with two URLs', async () => {
    const file = join(folder, 'two.yaml');
    writeFileSync(file, 'redis:\n  - redis://a\n  - redis://b\n');
    const result = await call([...K, '--config', file, ...JOB], { REDLOCK_RUN_REDIS: '' });
    expect(result).toMatchObject({ code: 78, stdout: '' });
    expect(result.stderr).toContain(`${file}: redis: two URLs; give one`);
  });

  test('a working directory that has been removed', async () => {
    const line = `mkdir gone; cd gone; rmdir ../gone; exec "$0" "$1" --key a -- true`;
    const result = promisify(execFile)('sh', ['-c', line, process.execPath, BIN], {
      cwd: folder,
      env: { PATH: process.env.PATH, REDIS_URL: redis.url },
    });
    await expect(result).rejects.toMatchObject({
      code: 126,
      stderr: 'redlock-run: the working directory has been removed\n',
    });
  });

  test.each([
    ['a run', { REDLOCK_RUN_FENCE: '7' }],
    ['an unlocked run', { REDLOCK_RUN_UNLOCKED: '1' }],
  ])('a run inside %s of the same job', async (_, env) => {
    const result = await call(JOB, { REDLOCK_RUN_KEY: 'nightly', ...env });
    expect(result).toMatchObject({ code: 64, stdout: '' });
    expect(result.stderr).toContain('the key of the job that we are called from');
  });
});
