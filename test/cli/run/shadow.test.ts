import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPlainFlags } from '../../../src/cli/run/plain-flags.js';
import { readSettings } from '../../../src/cli/run/settings.js';
import { recordShadow } from '../../../src/cli/run/shadow.js';
import type { NoLock, Skip } from '../../../src/core/claim.js';
import { Failure } from '../../../src/core/errors.js';
import { BID } from '../../support/bid.js';
import { BIN, type LiveCli, start } from '../../support/cli.js';
import { historyOf } from '../../support/history.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Proxy as RedisProxy, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let proxy: RedisProxy | undefined;
let folder: string;
/** What the jobs themselves write, so that runs are counted without asking Redis. */
let runs: string;
/** The local record, where it lies by default. */
let record: string;

beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'shadow-'));
  runs = join(folder, 'runs');
  record = join(folder, 'redlock-run', 'record.jsonl');
  appendFileSync(runs, '');
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await redis.stop();
  rmSync(folder, { recursive: true });
});

/** Ends with an exit code that nobody else has. */
const JOB = 'echo ran >> "$RUNS"; exit 3';
/** Says that it runs, and ends with the number that it is told. */
const WAITING = 'echo up; read code; exit "$code"';
const counted = () => readFileSync(runs, 'utf8').split('\n').length - 1;
const linesOf = (file: string): Record<string, unknown>[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

interface More {
  readonly job?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly slot?: readonly string[];
  readonly terminal?: boolean;
}

const ONE = ['--slot', 'one'];

/** A node that calls for the job `nightly`. */
function node(
  name: string,
  args: readonly string[],
  { job = JOB, env, slot = ONE, terminal = false }: More = {},
): LiveCli {
  const own = ['--key', 'nightly', ...slot, '--node', name, ...args];
  // Not in the home of whoever tests: for root the record lies elsewhere, and is named.
  const places = { HOME: folder, XDG_STATE_HOME: folder };
  return start([...own, '--', 'sh', '-c', job], {
    env: { REDIS_URL: redis.url, RUNS: runs, ...places, ...env },
    openStdin: true,
    within: 40_000,
    terminal,
  });
}
const inShadow = (name: string, args: readonly string[] = [], more: More = {}) =>
  node(name, ['--shadow', ...args], more);
const locally = () => ['--local-record', record];
const SILENT = { stdout: '', stderr: '' };

describe('a fleet in shadow', () => {
  test('runs the job on every node, in silence, and records who would have been skipped', async () => {
    const nodes = ['node-1', 'node-2', 'node-3'];
    const ended = await Promise.all(nodes.map((name) => inShadow(name).ended));
    for (const result of ended) expect(result).toMatchObject({ code: 3, ...SILENT });
    expect(counted()).toBe(3);
    const history = await historyOf(redis, 'nightly');
    expect(history.map(({ node }) => node).sort()).toEqual(nodes);
    expect(history.map(({ shadow }) => shadow).sort()).toEqual([
      'not-elected',
      'not-elected',
      'won',
    ]);
    const winner = history.find(({ shadow }) => shadow === 'won');
    expect(winner).toMatchObject({ outcome: 'failed', exit: '3', rank: '1' });
    expect(Number(winner?.fence)).toBeGreaterThan(0);
    for (const entry of history.filter(({ shadow }) => shadow !== 'won')) {
      expect(entry).toMatchObject({
        slot: 'one',
        outcome: 'failed',
        exit: '3',
        unlocked: '1',
        fence: '',
        holder: winner?.node,
        started: expect.stringMatching(/^\d+$/),
        ended: expect.stringMatching(/^\d+$/),
      });
    }
    expect(existsSync(record)).toBe(false);
  });

  test('tells each job whether it has a lock, and that it is in shadow', async () => {
    const told = ({ stdout }: { stdout: string }) =>
      stdout
        .split('\n')
        .filter((line) => /^REDLOCK_RUN_(?!OWNER)/.test(line))
        .sort();
    const common = [
      'REDLOCK_RUN_ATTEMPT=1',
      'REDLOCK_RUN_KEY=nightly',
      'REDLOCK_RUN_NODE=a',
      'REDLOCK_RUN_SHADOW=1',
      'REDLOCK_RUN_SLOT=one',
    ];
    const env = { REDLOCK_RUN_FENCE: '9', REDLOCK_RUN_RANK: '9', REDLOCK_RUN_KEY: 'outer' };
    const job = { job: 'env', env };
    const winner = told(await inShadow('a', [], job).ended);
    expect(winner.filter((line) => !/_FENCE=\d{10,}$/.test(line))).toEqual(
      [...common, 'REDLOCK_RUN_RANK=1'].sort(),
    );
    expect(winner).toHaveLength(common.length + 2);
    expect(told(await inShadow('a', [], job).ended)).toEqual(
      [...common, 'REDLOCK_RUN_UNLOCKED=1'].sort(),
    );
  });

  test('does not hand its shadow on: a call inside, for another job, is no shadow', async () => {
    const inner = `"${process.execPath}" "${BIN}" --key inner --slot one -- env`;
    const { stdout } = await inShadow('node-1', [], { job: inner }).ended;
    expect(stdout).toContain('REDLOCK_RUN_KEY=inner');
    expect(stdout).not.toContain('REDLOCK_RUN_SHADOW');
    const again = `"${process.execPath}" "${BIN}" --key nightly -- env`;
    for (const slot of ['two', 'two']) {
      const refused = await inShadow('node-1', [], { job: again, slot: ['--slot', slot] }).ended;
      expect(refused).toMatchObject({ code: 64, stdout: '' });
    }
  });

  test('may be in the configuration file of all', async () => {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'shadow: true\n');
    for (const name of ['node-1', 'node-2']) await node(name, ['--config', file]).ended;
    expect(counted()).toBe(2);
  });
});

describe('what would have been is said', () => {
  const WORDS = /shadow: would have been skipped: nightly one was won by node-1 at [^\n]+\n/;
  beforeEach(() => inShadow('node-1').ended);

  test('to -v and to a person at a terminal, in one line', async () => {
    const { stderr } = await inShadow('node-2', ['-v']).ended;
    expect(stderr).toMatch(WORDS);
    const { stdout } = await inShadow('node-3', [], { terminal: true }).ended;
    expect(stdout.replaceAll('\r', '')).toMatch(WORDS);
  });

  test('to a machine', async () => {
    const { stderr } = await inShadow('node-2', ['-v', '--log', 'json']).ended;
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({
      level: 'notice',
      event: 'shadow',
      would: 'skip',
      reason: 'not-elected',
      holder: 'node-1',
    });
  });

  test('to the local record, where that is asked for', async () => {
    expect((await inShadow('node-2', locally()).ended).code).toBe(3);
    expect(linesOf(record)).toEqual([
      {
        time: expect.any(String),
        event: 'shadow',
        key: 'nightly',
        slot: 'one',
        node: 'node-2',
        would: 'skip',
        reason: 'not-elected',
        holder: 'node-1',
        owner: expect.any(String),
        attempt: 1,
        exit: 3,
      },
    ]);
  });

  test('once, however often the job is run again', async () => {
    const retries = ['--retries', '2', '--retry-delay', '1ms'];
    const { stderr } = await inShadow('node-2', ['-v', ...retries]).ended;
    expect(stderr.match(/shadow: /g)).toHaveLength(1);
    expect(counted()).toBe(4);
  });

  test('not in the local record of the winner', async () => {
    await inShadow('node-1', locally(), { slot: ['--slot', 'two'] }).ended;
    expect(linesOf(record)).toEqual([]);
  });
});

describe('the options of the lock change nothing for the job:', () => {
  const STAND_BY: [string, string[], More, string][] = [
    ['--takeover does not stand by', ['--takeover'], {}, 'stand-by'],
    ['--overlap wait does not wait', ['--overlap', 'wait'], { slot: ['--slot', 'two'] }, 'wait'],
    ['--overlap skip does not skip', [], { slot: ['--slot', 'two'] }, 'skip'],
  ];
  test.each(STAND_BY)('%s', async (_, args, more, would) => {
    const winner = inShadow('node-1', [], { job: WAITING });
    await winner.waitForOutput('up');
    expect((await inShadow('node-2', [...args, ...locally()], more).ended).code).toBe(3);
    expect(counted()).toBe(1);
    expect(linesOf(record)).toMatchObject([{ would, holder: 'node-1' }]);
    // One run, and no skip.
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { node: 'node-2', outcome: 'failed', shadow: expect.any(String), holder: 'node-1' },
    ]);
    winner.process.stdin?.end('0\n');
    expect((await winner.ended).code).toBe(0);
  });

  test('--jitter does not delay', async () => {
    const slot = ['--every', '1h'];
    expect((await inShadow('node-1', ['--jitter', '59m'], { slot }).ended).code).toBe(3);
  });

  test('a clock that is wrong does not skip, and is no reason to mail', async () => {
    const slot = ['--every', '1h'];
    const args = ['--early', '0s', '--late', '1ms', ...locally()];
    expect(await inShadow('node-1', args, { slot }).ended).toMatchObject({ code: 3, ...SILENT });
    expect(linesOf(record)).toMatchObject([{ would: 'skip', reason: 'too-late' }]);
    expect(await historyOf(redis, 'nightly')).toMatchObject([{ shadow: 'too-late' }]);
  });

  test('--skip-exit-code and --on-redis-down are not asked', async () => {
    await inShadow('node-1').ended;
    const args = ['--skip-exit-code', '9', '--on-redis-down', 'skip'];
    expect((await inShadow('node-2', args).ended).code).toBe(3);
    await redis.kill9();
    expect((await inShadow('node-2', [...args, ...locally()]).ended).code).toBe(3);
    expect(linesOf(record)).toMatchObject([{ would: 'skip', reason: 'unavailable' }]);
  });

  test('--on-lease-lost stop does not end it, and it is run again when that is due', async () => {
    const args = ['--lease', '1s', '--on-lease-lost', 'stop', '--retries', '1', ...locally()];
    const job = 'echo "up $REDLOCK_RUN_ATTEMPT $REDLOCK_RUN_FENCE."; read code; exit "$code"';
    const live = inShadow('node-1', [...args, '--retry-delay', '10ms'], { job });
    await live.waitForOutput(/up 1 \d+\./);
    await redis.kill9();
    await live.waitForOutput('the lease was lost while the job runs; it goes on');
    live.process.stdin?.write('5\n');
    await live.waitForOutput('up 2 .');
    live.process.stdin?.end('6\n');
    expect((await live.ended).code).toBe(6);
    expect(linesOf(record)).toMatchObject([{ reason: 'lease-lost', attempt: 2, exit: 6 }]);
  });

  test('--timeout holds as before', async () => {
    await inShadow('node-1').ended;
    const args = ['--timeout', '300ms', '--kill-after', '200ms'];
    expect((await inShadow('node-2', args, { job: 'sleep 60' }).ended).code).toBe(124);
  });
});

describe('trouble with Redis is a warning, and the job runs:', () => {
  const troubles: [string, string, () => Promise<readonly string[]>][] = [
    [
      'it refuses',
      'unavailable',
      async () => {
        await redis.kill9();
        return [];
      },
    ],
    [
      'it hangs',
      'unavailable',
      async () => {
        redis.pause();
        return ['--redis-timeout', '90s'];
      },
    ],
    [
      'it wants a password',
      'denied',
      async () => {
        await redis.command('CONFIG', 'SET', 'requirepass', 'x');
        return [];
      },
    ],
    ['it has no such database', 'config', async () => ['--redis', `${redis.url}/99`]],
    [
      'the authority is no file',
      'config',
      async () => ['--redis', redis.url.replace('redis:', 'rediss:'), '--redis-ca', '/nowhere'],
    ],
    ['the password is no file', 'config', async () => ['--redis-password-file', '/nowhere']],
    [
      'it answers nonsense',
      'protocol',
      async () => {
        proxy = await startProxy(redis.port, { fault: () => ({ replyWith: '+OK\r\n' }) });
        return ['--redis', proxy.url];
      },
    ],
  ];
  test.each(troubles)('%s', async (_, reason, prepare) => {
    const args = [...(await prepare()), ...locally()];
    const { code, stdout, stderr, ms } = await inShadow('node-1', args).ended;
    expect([code, stdout, counted()]).toEqual([3, '', 1]);
    expect(stderr).toMatch(/^redlock-run: shadow: would have failed: [^\n]+\n$/);
    expect(linesOf(record)).toMatchObject([{ event: 'shadow', would: 'fail', reason, exit: 3 }]);
    // A second before the job and one after it, on a machine that is busy.
    expect(ms).toBeLessThan(10_000);
  });

  test('but a word that is wrong on this node is refused as ever', async () => {
    const wrongs: [string[], number][] = [
      [['--lease', 'soon'], 64],
      [['--redis', 'http://a'], 78],
    ];
    for (const [args, code] of wrongs) {
      expect(await inShadow('node-1', args).ended).toMatchObject({ code, stdout: '' });
    }
    expect(counted()).toBe(0);
  });
});

describe('beside nodes that are not in shadow', () => {
  test('a winner in shadow has won: they are skipped', async () => {
    await inShadow('node-1').ended;
    expect(await node('node-2', []).ended).toMatchObject({ code: 0, ...SILENT });
    expect(counted()).toBe(1);
  });

  test('a loser in shadow disturbs neither the winner, nor its standby, nor a later slot', async () => {
    const winner = node('node-1', [], { job: WAITING });
    await winner.waitForOutput('up');
    const standby = node('node-2', ['--takeover']);
    const blocked = async () => String(await redis.command('INFO', 'clients'));
    await expect.poll(blocked, { timeout: 15_000 }).toContain('blocked_clients:1\r');
    const shadow = inShadow('node-3', ['--takeover'], { job: WAITING });
    await shadow.waitForOutput('up');
    winner.process.stdin?.end('0\n');
    expect((await winner.ended).code).toBe(0);
    expect(await standby.ended).toMatchObject({ code: 0, ...SILENT });
    // The loser's run is alive, and nobody minds.
    expect((await node('node-2', [], { slot: ['--slot', 'two'] }).ended).code).toBe(3);
    shadow.process.stdin?.end('0\n');
    expect((await shadow.ended).code).toBe(0);
    expect(counted()).toBe(1);
    expect(await historyOf(redis, 'nightly')).toMatchObject([
      { node: 'node-1', outcome: 'done' },
      { node: 'node-2', outcome: 'failed', slot: 'two' },
      { node: 'node-3', outcome: 'done', shadow: 'not-elected', holder: 'node-1' },
    ]);
  });
});

describe('the line that is left in the local record', () => {
  const decided = (verdict: Skip): NoLock => ({ verdict, decidedAt: 1 });
  const holder = { node: 'node-7', claimedAt: 1, state: 'running' } as const;
  const lost = decided({ kind: 'not-elected', rank: 2, holder });
  const overlapped = decided({ kind: 'overlapped', by: { slot: 'before', node: 'node-7' } });
  const away = new Failure('unavailable', 'away');

  /** What is left for a run, of a node with these options. */
  async function left(unlocked: NoLock, told: boolean, args: readonly string[] = []) {
    const flags = readPlainFlags(['--key', 'nightly', '--shadow', ...args]);
    if (flags === undefined) throw new Error('not plain');
    const lines: unknown[] = [];
    const record = { leave: async (...line: unknown[]) => void lines.push(line) };
    const run = { ...BID, shadow: true, unlocked, attempt: 1, startedAt: 1 } as const;
    await recordShadow({ settings: await readSettings(flags, {}) }, run, { exit: 3, told }, record);
    return lines;
  }

  test('is there where the history could not be told, or the record is asked for', async () => {
    const line = ['shadow', expect.objectContaining({ reason: 'not-elected', exit: 3 })];
    expect(await left(lost, true)).toEqual([]);
    expect(await left(lost, false)).toEqual([line]);
    expect(await left(lost, true, ['--local-record', '/nowhere'])).toEqual([line]);
  });

  test.each<[string, string, NoLock, string[]]>([
    ['skip', 'not-elected', lost, []],
    ['stand-by', 'not-elected', lost, ['--takeover']],
    ['skip', 'overlapped', overlapped, []],
    ['wait', 'overlapped', overlapped, ['--overlap', 'wait']],
    ['skip', 'too-early', decided({ kind: 'too-early' }), []],
    ['skip', 'too-late', decided({ kind: 'too-late' }), ['--overlap', 'wait', '--takeover']],
    ['fail', 'unavailable', away, []],
    ['skip', 'unavailable', away, ['--on-redis-down', 'skip']],
    ['run', 'unavailable', away, ['--on-redis-down', 'run']],
    ['fail', 'denied', new Failure('denied', 'no'), ['--on-redis-down', 'run']],
    ['fail', 'lease-lost', 'lease-lost', ['--on-redis-down', 'run']],
  ])('says what would have been: %s, because of %s', async (would, reason, unlocked, args) => {
    expect(await left(unlocked, false, args)).toMatchObject([['shadow', { would, reason }]]);
  });
});
