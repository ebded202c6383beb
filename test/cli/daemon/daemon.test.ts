import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BIN, type LiveCli } from '../../support/cli.js';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { ourProcesses } from '../../support/processes.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { untilAtLeast } from '../../support/until.js';

failOnLeaks();

let redis: RedisServer;
let fleet: DaemonFleet;
let running: LiveCli[];
beforeEach(async () => {
  redis = await startRedis();
  fleet = newDaemonFleet(redis.url);
  running = [];
});
afterEach(async () => {
  for (const daemon of running) daemon.kill('SIGTERM');
  await Promise.all(running.map(({ ended }) => ended));
  fleet.remove();
  await redis.stop();
});

const SECONDLY = '* * * * * *';

/** Starts a daemon on a crontab, and waits until it is ready. */
async function started(
  crontab: string,
  { node = 'node-1', args = [] as string[], env = {} } = {},
): Promise<LiveCli> {
  if (crontab !== '') fleet.write(crontab);
  const daemon = fleet.start(node, args, { env });
  running.push(daemon);
  await daemon.waitForOutput('ready');
  return daemon;
}

const begun = (key?: string) =>
  fleet.entries().filter((entry) => entry.event === 'begin' && (!key || entry.key === key));

/** Tells one of its own to end, and waits for that. */
async function ended(daemon: LiveCli, signal: NodeJS.Signals = 'SIGTERM') {
  running = running.filter((other) => other !== daemon);
  daemon.kill(signal);
  return daemon.ended;
}

test('the output of a job is prefixed with its key, each line of it, stderr apart', async () => {
  const daemon = await started(
    `# redlock-run: key=words\n${SECONDLY} printf 'one\\ntwo\\n'; echo three >&2\n`,
  );
  await daemon.waitForOutput(/^\[words\] two$/m);
  await daemon.waitForOutput(/^\[words\] three$/m);
  const { stdout, stderr } = await ended(daemon);
  expect(stdout).toMatch(/^\[words\] one\n\[words\] two\n/);
  expect(stdout).not.toContain('three');
  expect(stderr).toMatch(/redlock-run: words: won \d{4}-.*Z: rank 1/);
  expect(stderr).toMatch(/redlock-run: words: finished \d{4}-.*Z after/);
});

test('--log json makes an object of every line', async () => {
  const daemon = await started(`# redlock-run: key=words\n${SECONDLY} echo hello\n`, {
    args: ['--log', 'json'],
  });
  await daemon.waitForOutput('"event":"output"');
  const { stdout, stderr } = await ended(daemon);
  const lines = `${stdout}${stderr}`.trimEnd().split('\n');
  const events: unknown[] = lines.map((line) => JSON.parse(line));
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'output', key: 'words', stream: 'stdout', message: 'hello' }),
  );
});

test('a job has the environment, shell, directory and input that the crontab gives it', async () => {
  await redis.command('CONFIG', 'SET', 'requirepass', 'canary-1');
  const home = fleet.folder;
  writeFileSync(join(home, 'here'), '');
  const daemon = await started(
    [
      'GREETING = "good morning"',
      `HOME=${home}`,
      'SHELL=/bin/bash',
      '# redlock-run: key=told',
      `${SECONDLY} echo "$GREETING $(ls here) \${BASH_VERSION:+bash} $(cat) $REDIS_PASSWORD \\%"%a%b`,
      '',
    ].join('\n'),
    { env: { REDIS_PASSWORD: 'canary-1' } },
  );
  await daemon.waitForOutput('[told] good morning here bash a');
  const { stdout } = await ended(daemon);
  expect(stdout).toContain('good morning here bash a\n[told] b  %\n');
  expect(stdout).not.toContain('canary');
});

test('of two daemons one runs each slot, and the other says nothing', async () => {
  const crontab = `# redlock-run: key=tick\n${SECONDLY} ${fleet.job(0)}\n`;
  const [one, two] = [await started(crontab), await started('', { node: 'node-2' })];
  await untilAtLeast(5, () => begun().length);
  await Promise.all([ended(one), ended(two)]);
  const slots = begun().map(({ slot }) => slot);
  expect(new Set(slots).size).toBe(slots.length);
  for (const { node, stderr } of [
    { node: 'node-1', stderr: one.stderr },
    { node: 'node-2', stderr: two.stderr },
  ]) {
    const won = stderr.split('\n').filter((line) => line.includes(': won '));
    expect(won).toHaveLength(begun().filter((entry) => entry.node === node).length);
    expect(stderr).not.toContain('not run here');
  }
});

test('@reboot and every-node run on each, without a fence; a slot of the latter not beside itself', async () => {
  const crontab = [
    `@reboot echo "boot \${REDLOCK_RUN_FENCE-none}"`,
    '# redlock-run: key=long every-node',
    `${SECONDLY} ${fleet.job(2.5)}`,
    '',
  ].join('\n');
  const one = await started(crontab);
  const two = await started('', { node: 'node-2' });
  for (const daemon of [one, two]) {
    await daemon.waitForOutput('boot none');
    await daemon.waitForOutput('an earlier run is alive');
  }
  await untilAtLeast(2, () => begun('long').length);
  expect(new Set(begun('long').map(({ node }) => node)).size).toBe(2);
  expect(await redis.command('KEYS', '*long*')).toEqual([]);
});

test('an entry that calls redlock-run bids by itself', async () => {
  const call = "redlock-run --key wrapped --slot one -- sh -c 'echo inner $REDLOCK_RUN_REDIS'";
  symlinkSync(BIN, join(fleet.folder, 'redlock-run'));
  // It knows where Redis is from the daemon's own environment, and its job does not.
  const daemon = await started(`PATH=${fleet.folder}:${process.env.PATH}\n${SECONDLY} ${call}\n`, {
    env: { REDLOCK_RUN_REDIS: redis.url },
  });
  await daemon.waitForOutput(/inner$/m);
});

test('SIGHUP reads the crontab again and leaves what runs alone; a broken one is refused', async () => {
  const daemon = await started(`# redlock-run: key=old\n${SECONDLY} ${fleet.job(3)}\n`);
  await untilAtLeast(1, () => begun('old').length);
  fleet.write(`# redlock-run: key=new\n${SECONDLY} ${fleet.job(0)}\n`);
  daemon.kill('SIGHUP');
  await daemon.waitForOutput('reloaded');
  await untilAtLeast(2, () => begun('new').length);
  fleet.write('* * * * nonsense\n');
  daemon.kill('SIGHUP');
  await daemon.waitForOutput(/not reloaded, the old crontab stays: [\s\S]*crontab:1:\d+: /);
  const before = begun('new').length;
  await untilAtLeast(before + 2, () => begun('new').length);
  await untilAtLeast(
    1,
    () => fleet.entries().filter(({ event, key }) => event === 'end' && key === 'old').length,
  );
  expect(begun('old')).toHaveLength(1);
});

test('SIGTERM fires nothing more and waits for what runs', async () => {
  const daemon = await started(`# redlock-run: key=job\n${SECONDLY} ${fleet.job(2)}\n`);
  await untilAtLeast(1, () => begun().length);
  const { code, stderr } = await ended(daemon);
  expect(code).toBe(0);
  expect(begun()).toHaveLength(1);
  expect(fleet.entries().at(-1)?.event).toBe('end');
  expect(stderr).toContain('told to stop by SIGTERM; nothing more is fired');
  expect(stderr).toMatch(/finished \S+ after 2/);
});

test('after --grace the job is ended and its slot handed to a standby', async () => {
  const args = ['--grace', '1s'];
  const crontab = `# redlock-run: key=job takeover lease=10m\n*/30 * * * * * ${fleet.job(6)}\n`;
  const daemons = new Map([
    ['node-1', await started(crontab, { args })],
    ['node-2', await started('', { node: 'node-2', args })],
  ]);
  await untilAtLeast(1, () => begun().length);
  const [first] = begun();
  const winner = daemons.get(first?.node ?? '');
  if (winner === undefined) throw new Error('nobody has won');
  winner.kill('SIGTERM');
  running = running.filter((other) => other !== winner);
  const { code } = await winner.ended;
  expect(code).toBe(0);
  await untilAtLeast(2, () => begun().length);
  const second = begun()[1];
  expect(second?.slot).toBe(first?.slot);
  expect(second?.node).not.toBe(first?.node);
  expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
  const [entry] = await historyOf(redis, 'job');
  expect(entry).toMatchObject({ outcome: 'handed-back', node: first?.node });
}, 60_000);

test('a second SIGTERM ends a job that will not end', async () => {
  const stubborn = `trap '' TERM; ${fleet.job(600)}`;
  const daemon = await started(`# redlock-run: key=job kill-after=10m\n${SECONDLY} ${stubborn}\n`, {
    args: ['--grace', '10m'],
  });
  await untilAtLeast(1, () => begun().length);
  daemon.kill('SIGTERM');
  await daemon.waitForOutput('nothing more is fired');
  const { code, ms } = await ended(daemon);
  expect(code).toBe(0);
  expect(ms).toBeLessThan(20_000);
  expect(ourProcesses().filter(({ command }) => command.includes('sleep 600'))).toEqual([]);
});

test('a failed job is told with its exit code, and the next slot comes', async () => {
  const daemon = await started(`# redlock-run: key=bad\n${SECONDLY} ${fleet.job(0)}; exit 3\n`);
  await untilAtLeast(2, () => begun().length);
  const { stderr } = await ended(daemon);
  expect(stderr).toMatch(/redlock-run: bad: failed .*Z after .*, exit 3/);
});

test('options of an entry are its own: retries and a timeout', async () => {
  const daemon = await started(
    [
      '# redlock-run: key=again retries=1 retry-delay=0s',
      `${SECONDLY} echo "attempt $REDLOCK_RUN_ATTEMPT"; exit 1`,
      '# redlock-run: key=slow timeout=300ms',
      `${SECONDLY} sleep 30`,
      '',
    ].join('\n'),
  );
  await daemon.waitForOutput('[again] attempt 2');
  await daemon.waitForOutput(/slow: failed .* after .*, exit 124/);
});

test('a wrong password ends it at once', async () => {
  await redis.command('CONFIG', 'SET', 'requirepass', 'right');
  fleet.write(`${SECONDLY} true\n`);
  const { code, stderr } = await fleet.start('node-1', [], { env: { REDIS_PASSWORD: 'canary-2' } })
    .ended;
  expect(code).toBe(77);
  expect(stderr).not.toContain('canary');
});

test('it starts without Redis, says so once, and goes on when Redis is there', async () => {
  await redis.kill9();
  const daemon = await started(
    `# redlock-run: key=job redis-timeout=200ms\n${SECONDLY} ${fleet.job(0)}\n`,
  );
  await daemon.waitForOutput(/job: .* is not run here: /);
  await redis.restart();
  await daemon.waitForOutput('Redis is back');
  await untilAtLeast(1, () => begun().length);
  const { stderr } = await ended(daemon);
  expect(stderr.match(/Redis is away/g)).toHaveLength(1);
});

test.each([
  ['skip', 0],
  ['run', 1],
])('slots that come due in an outage follow --on-redis-down %s', async (policy, runs) => {
  const daemon = await started(
    `# redlock-run: key=job on-redis-down=${policy} redis-timeout=200ms\n${SECONDLY} ${fleet.job(0)}\n`,
    { args: ['--local-record', join(fleet.folder, 'record'), '-v'], env: { HOME: fleet.folder } },
  );
  await untilAtLeast(1, () => begun().length);
  await redis.kill9();
  await daemon.waitForOutput(policy === 'run' ? 'run without a lock' : 'nobody could be asked');
  await ended(daemon);
  const unlocked = begun().filter(({ fence }) => fence === 0);
  expect(unlocked.length > 0 ? 1 : 0).toBe(runs);
});

test('--catch-up runs the last slot that nobody ran: at the start, and once in the fleet', async () => {
  // A slot a minute ago or less, of a job that is not due again soon.
  const minute = new Date().getUTCMinutes();
  const crontab = `CRON_TZ=UTC\n# redlock-run: key=late\n${minute} * * * * ${fleet.job(0)}\n`;
  const args = ['--catch-up', '30m'];
  const one = await started(crontab, { args });
  await untilAtLeast(1, () => begun('late').length);
  const two = await started('', { node: 'node-2', args: [...args, '-v'] });
  await two.waitForOutput(/late: not run here/);
  await Promise.all([ended(one), ended(two)]);
  expect(begun('late')).toHaveLength(1);
  expect(begun('late')[0]?.slot).toMatch(/:\d\d:00Z$/);
});

test.each([
  ['is dead', () => redis.kill9(), () => redis.restart()],
  // What it was asked meanwhile is claimed when it goes on.
  ['hangs', () => redis.pause(), async () => redis.resume()],
] as const)(
  '--catch-up runs what Redis has cost that %s, one slot of each job',
  async (_, end, goOn) => {
    const crontab = `# redlock-run: key=job redis-timeout=200ms\n*/10 * * * * * ${fleet.job(0)}\n`;
    const daemon = await started(crontab, { args: ['--catch-up', '1m'] });
    await untilAtLeast(1, () => begun().length);
    await end();
    await daemon.waitForOutput(/job: .* is not run here: /);
    const [, missed] = /job: (\S+) is not run here: /.exec(daemon.stderr) ?? [];
    await goOn();
    await untilAtLeast(2, () => begun().length);
    expect(begun().map(({ slot }) => slot)).toContain(missed);
  },
  60_000,
);

test('--catch-up asks Redis whether anybody ran it, whatever --on-redis-down says', async () => {
  const minute = new Date().getUTCMinutes();
  fleet.write(
    `CRON_TZ=UTC\n# redlock-run: key=job on-redis-down=run redis-timeout=200ms\n${minute} * * * * ${fleet.job(0)}\n`,
  );
  await redis.kill9();
  const daemon = await started('', { args: ['--catch-up', '30m', '-v'] });
  await daemon.waitForOutput(/job: .* is not run here: /);
  expect(begun()).toEqual([]);
  await redis.restart();
  await untilAtLeast(1, () => begun().length);
  expect(daemon.stderr).toMatch(/job: won /);
}, 60_000);

test('--catch-up leaves alone what no claim guards: it would run again at every start', async () => {
  const minute = new Date().getUTCMinutes();
  const crontab = [
    'CRON_TZ=UTC',
    `# redlock-run: key=each every-node\n${minute} * * * * ${fleet.job(0)}`,
    `# redlock-run: key=shadow shadow\n${minute} * * * * ${fleet.job(0)}`,
    `# redlock-run: key=three winners=3\n${minute} * * * * ${fleet.job(0)}`,
    '',
  ].join('\n');
  fleet.write(crontab);
  for (const node of ['node-1', 'node-1']) {
    const daemon = await started('', { node, args: ['--catch-up', '30m', '-v'] });
    await daemon.waitForOutput(/three: (?:finished|not run here)/);
    await ended(daemon);
  }
  expect(begun().map(({ key }) => key)).toEqual(['three']);
});

test('a second SIGTERM ends it at once, whatever Redis does and whoever left the job', async () => {
  const stray = `setsid sh -c 'trap "" TERM; sleep 601; sleep 602' & ${fleet.job(600)}`;
  const daemon = await started(
    `# redlock-run: key=job kill-after=10m redis-timeout=10m\n${SECONDLY} ${stray}\n`,
    { args: ['--grace', '10m'] },
  );
  await untilAtLeast(1, () => begun().length);
  await redis.pause();
  daemon.kill('SIGTERM');
  await daemon.waitForOutput('nothing more is fired');
  const since = performance.now();
  const { code } = await ended(daemon);
  expect(code).toBe(0);
  expect(performance.now() - since).toBeLessThan(8_000);
  redis.resume();
  expect(ourProcesses().filter(({ command }) => /sleep 60/.test(command))).toEqual([]);
});

test('told to stop while it reads the crontab again, it fires nothing more', async () => {
  const daemon = await started(`# redlock-run: key=each every-node\n${SECONDLY} ${fleet.job(0)}\n`);
  await untilAtLeast(1, () => begun().length);
  daemon.kill('SIGHUP');
  const { stderr } = await ended(daemon);
  const [, after = ''] = stderr.split('nothing more is fired');
  expect(after).not.toContain('reloaded');
  expect(after.match(/finished/g)?.length ?? 0).toBeLessThanOrEqual(1);
});

test('a SHELL or HOME that is not there is found before any slot is won', async () => {
  fleet.write('SHELL=/bin/nope\n0 3 * * * true\nSHELL=/bin/sh\nHOME=/nowhere\n0 4 * * * true\n');
  const { code, stderr } = await fleet.start('node-1', []).ended;
  expect(code).toBe(78);
  expect(stderr).toMatch(/:2:1: SHELL: "\/bin\/nope": no such file\n.*:5:1: HOME: "\/nowhere"/);
});

test('told to stop while jobs wait for their turn to be started, it begins none of them', async () => {
  const jobs = 60;
  const second = (new Date().getUTCSeconds() + 4) % 60;
  const lines = Array.from({ length: jobs }, (_, i) => [
    `# redlock-run: key=elected-${i}`,
    `${second} * * * * * ${fleet.job(0)}`,
    `# redlock-run: key=every-${i} every-node`,
    `${second} * * * * * ${fleet.job(0)}`,
  ]);
  const daemon = await started(`${lines.flat().join('\n')}\n`);
  await untilAtLeast(1, () => begun().length);
  const { code } = await ended(daemon);
  expect(code).toBe(0);
  for (const kind of ['elected', 'every']) {
    expect(begun().filter(({ key }) => key.startsWith(kind)).length).toBeLessThan(jobs);
  }
  expect(fleet.entries().filter(({ event }) => event === 'end')).toHaveLength(begun().length);
  const ends = await Promise.all(
    Array.from({ length: jobs }, (_, i) => historyOf(redis, `elected-${i}`)),
  );
  // Who has claimed says how it ended, begun or not.
  expect(ends.map(([entry]) => entry?.outcome).sort()[0]).toBe('aborted');
  for (const [entry] of ends) expect(['aborted', 'done']).toContain(entry?.outcome);
});

test('told to stop before jobs have begun, it leaves their slots to a standby', async () => {
  const second = (new Date().getUTCSeconds() + 8) % 60;
  const jobs = Array.from({ length: 60 }, (_, i) => `job-${i}`);
  const lines = jobs.map(
    (key) => `# redlock-run: key=${key} takeover\n${second} * * * * * ${fleet.job(0)}\n`,
  );
  const leaver = await started(lines.join(''));
  // It bids after the other, mostly.
  const standby = await started('', { node: 'node-2', args: ['--jitter', '2s'] });
  await untilAtLeast(1, () => begun().filter(({ node }) => node === 'node-1').length);
  await ended(leaver);
  await untilAtLeast(jobs.length, () => begun().length);
  await ended(standby);
  expect(new Set(begun().map(({ key }) => key)).size).toBe(jobs.length);
  expect(begun()).toHaveLength(jobs.length);
});

test('told to stop while it waits for its --jitter, it claims nothing more', async () => {
  const second = (new Date().getUTCSeconds() + 5) % 60;
  const keys = Array.from({ length: 20 }, (_, i) => `spread-${i}`);
  const lines = [
    ...keys.map(
      (key) => `# redlock-run: key=${key} jitter=45s late=50s\n${second} * * * * * true\n`,
    ),
    `# redlock-run: key=each every-node\n${second} * * * * * ${fleet.job(0)}\n`,
  ];
  const daemon = await started(lines.join(''));
  await untilAtLeast(1, () => begun('each').length);
  await ended(daemon);
  const claims = await Promise.all(keys.map((key) => historyOf(redis, key)));
  // One that had waited long enough may have been claimed before.
  expect(claims.filter((entries) => entries.length > 0).length).toBeLessThan(keys.length / 2);
});

test('SIGHUP reloads where the streams are a terminal that is not its own', async () => {
  fleet.write('0 3 * * * true\n');
  const daemon = fleet.start('node-1', [], {
    terminal: true,
    node: 'setsid',
    nodeArgs: ['--wait', process.execPath],
  });
  await daemon.waitForOutput('ready');
  const isDaemon = /^\S*node \S+ daemon /;
  const pid = ourProcesses().find(({ command }) => isDaemon.test(command))?.pid;
  if (pid === undefined) throw new Error('no daemon');
  process.kill(pid, 'SIGHUP');
  await daemon.waitForOutput('reloaded');
  process.kill(pid, 'SIGTERM');
  await daemon.ended;
});
