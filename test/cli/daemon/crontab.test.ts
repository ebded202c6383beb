import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crontab-'));
  file = join(folder, 'crontab');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nobody is asked: no Redis is there. */
const check = (crontab: string, ...args: string[]) => {
  writeFileSync(file, crontab);
  return cli(['daemon', file, '--check', ...args], { env: { TZ: 'UTC' } });
};

test('--check prints every entry with its key, its next run, and where it runs', async () => {
  const { code, stdout, stderr } = await check(
    [
      '# redlock-run: key=nightly timeout=1h takeover',
      '0 3 * * *  ./nightly.sh',
      'CRON_TZ=Europe/London',
      '30 4 1 7 *  ./yearly.sh --all',
      '# redlock-run: every-node',
      '*/5 * * * *  ./tidy.sh',
      '@reboot  ./migrate.sh',
      '# redlock-run: key=looked-at shadow',
      '0 4\t* * *  ./look.sh',
      '*/15 * * * *  redlock-run --key sync --every 15m -- ./sync.sh',
      '',
    ].join('\n'),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = stdout.split('\n').map((line) => line.trim());
  expect(rows[0]).toBe(`${file}: 6 entries, no problem`);
  expect(stdout).toMatch(/nightly +0 3 \* \* \* +\d{4}-\d\d-\d\dT03:00:00Z +on one node/);
  // Four o'clock and a half of London's summer.
  expect(stdout).toMatch(
    /yearly\.sh-[0-9a-f]{12} +30 4 1 7 \* +\d{4}-07-01T03:30:00Z +on one node/,
  );
  expect(stdout).toMatch(/tidy\.sh-[0-9a-f]{12} .* on every node/);
  expect(stdout).toMatch(/@reboot +at the start +on every node/);
  expect(stdout).toMatch(/looked-at +0 4 \* \* \* .*T04:00:00Z +on every node; .* record alone/);
  expect(stdout).toMatch(/it bids by itself/);
});

test('all that is wrong is said at once, each with its line and column', async () => {
  const { code, stdout, stderr } = await check(
    [
      '0 25 * * *  ./nightly.sh',
      '# redlock-run: key=a tmeout=1h',
      '0 3 * * *  ./a.sh',
      '# redlock-run: key=b timeout=1x',
      '0 3 * * *  ./b.sh',
      '# redlock-run: key=b max-attempts=3',
      '0 4 * * *  ./b.sh',
      '',
    ].join('\n'),
  );
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  expect(stderr).toContain(`${file}:1:3: hour "25"`);
  expect(stderr).toContain(`${file}:2:22: no option "tmeout"`);
  expect(stderr).toMatch(/:4:22: timeout: "1x"/);
  expect(stderr).toMatch(/:6:\d+: --max-attempts: belongs to --takeover/);
  expect(stderr.trimEnd().split('\n')).toHaveLength(5);
});

test('two entries of one key are refused, and both are named', async () => {
  const { code, stderr } = await check('0 3 * * * ./a.sh\n0 3 * * * ./a.sh\n');
  expect(code).toBe(78);
  expect(stderr).toMatch(/:2:1: .*line 1/);
});

test('a directive about Redis is refused: it is the daemon that asks', async () => {
  const { code, stderr } = await check('# redlock-run: redis=redis://x\n0 3 * * * ./a.sh\n');
  expect(code).toBe(78);
  expect(stderr).toContain('no option "redis"; allowed are every-node, key, ');
});

test('options of the daemon hold for every entry, and are checked with it', async () => {
  const { code, stderr } = await check('* * * * * ./a.sh\n', '--jitter', '5m');
  expect(code).toBe(78);
  expect(stderr).toContain('--jitter: 5m is too long');
});

test.each([
  [['daemon'], 'the crontab is missing'],
  [['daemon', 'a', 'b'], 'unexpected "b"'],
  [['daemon', 'a', '--grace', 'soon'], '--grace: "soon" is not a duration'],
  [['daemon', 'a', '--catch-up', '0s'], '--catch-up: "0s" is out of range'],
  [['daemon', 'a', '--key', 'x'], "unknown option '--key'"],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await cli(args);
  expect(code).toBe(64);
  expect(stderr).toContain(message);
});

test('a crontab that is not there is an error of configuration', async () => {
  const { code, stderr } = await cli(['daemon', join(folder, 'none')]);
  expect(code).toBe(78);
  expect(stderr).toContain('cannot read the crontab');
});

test('an empty crontab is no problem', async () => {
  const { code, stdout } = await check('# nothing yet\n');
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}: 0 entries, no problem\n` });
});

test("a key that a wrapped line has is no other entry's", async () => {
  const { code, stderr } = await check(
    '0 0 * * *  redlock-run --key nightly -- ls\n# redlock-run: key=nightly\n0 1 * * *  ls /tmp\n',
  );
  expect(code).toBe(78);
  expect(stderr).toContain(`${file}:3:1: the key "nightly" is that of line 1 already`);
});
