import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BIN, cli } from '../support/cli.js';
import { canIsolateCron, startCronNode } from '../support/cron-node.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

/** ms: up to the next minute, and until its jobs are over. */
const A_MINUTE_AND_MORE = 90_000;

/** What crontabs are known to be got wrong by; each prints something. */
const COMMANDS = [
  'echo "it\'s" \'a "quote"\' \\$HOME \\\\ $((1 + 1))',
  'date +\\%Y-\\%m',
  "printf '\\%s|' a 'b c' \"d\\\\\\\\e\" 'f\\g' 'h\\\\i'",
  "cat%one% two 'three' \\% four\\%five%",
  'sed s/a/b/%banana%\\n',
  'cd / && (pwd; echo "$0 $# $SHELL $LOGNAME") | cat # not this "\'',
  'for i in 1 2 3; do echo $i; done | { read a; echo "first $a"; }',
  'awk \'BEGIN { printf "\\%d\\n", 42 }\'',
  'echo # redlock-run: key=told retries=1',
  'test -x /bin/sh && { echo yes; } || echo no   ',
];

/** A zone that no machine of ours is in, and jobs that are due in none but this machine's hours. */
const FAR = 'Pacific/Auckland';
const ZONED = 'date +\\%Z; echo "$REDLOCK_RUN_SLOT" > $OUT.slot';

const waiting = { timeout: A_MINUTE_AND_MORE, interval: 200 };

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'wrapped-'));
  symlinkSync(BIN, join(folder, 'redlock-run'));
  symlinkSync(process.execPath, join(folder, 'node'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await redis.stop();
});

test.runIf(canIsolateCron())(
  "Debian's cron runs a wrapped crontab as it ran the bare one",
  async () => {
    const bare = crontab('bare');
    const options = ['-q', '-r', redis.url, '--write', '-'];
    const { code, stdout } = await cli(['wrap', '-', ...options], { stdin: crontab('wrapped') });
    expect(code).toBe(0);
    expect(stdout.match(/ redlock-run --key /g)).toHaveLength(JOBS);
    expect(stdout.match(/ --timezone /g)).toHaveLength(1);

    const nodes = [
      startCronNode('node-1', 'spool', bare),
      startCronNode('node-2', 'spool', stdout),
    ];
    try {
      await vi.waitFor(() => expect(printed('bare').size).toBe(JOBS), waiting);
      await vi.waitFor(() => expect(printed('wrapped')).toEqual(printed('bare')), waiting);
      // In its own zone its last slot would be hours ago, won once and never again.
      const slot = Date.parse(readFileSync(join(folder, 'wrapped.slot'), 'utf8').trim());
      expect(Date.now() - slot).toBeLessThan(2 * A_MINUTE_AND_MORE);
    } finally {
      await Promise.all(nodes.map((node) => node.stop()));
    }
  },
  2 * A_MINUTE_AND_MORE,
);

const SHELLS = ['/bin/sh', '/bin/bash'];
const JOBS = SHELLS.length * COMMANDS.length + 1;

/** This hour of the machine and the next, in which the test may end; cron knows no TZ. */
function hoursHere(): string {
  const { stdout } = spawnSync('date', ['+%-H'], { env: { PATH: '/bin' }, encoding: 'utf8' });
  const hour = Number(stdout);
  return `${hour},${(hour + 1) % 24}`;
}

/** Each command under each shell; what it prints is put away once it is whole. */
function crontab(name: string): string {
  const out = join(folder, name);
  mkdirSync(out);
  const lines = SHELLS.flatMap((shell, at) => [
    `SHELL=${shell}`,
    ...COMMANDS.map(
      (command, nth) =>
        `* * * * * ${keeping(`${at}-${nth}`)}; ${command.replace('key=told', `key=told-${at}`)}`,
    ),
  ]);
  const zoned = [`TZ=${FAR}`, `* ${hoursHere()} * * * ${keeping('zoned')}; ${ZONED}`];
  return [`PATH=${folder}:/usr/bin:/bin`, `OUT=${out}`, ...lines, ...zoned, ''].join('\n');
}

function keeping(name: string): string {
  const file = `$OUT/${name}`;
  return `trap "mv ${file}.part ${file}" EXIT; exec > ${file}.part 2>&1`;
}

function printed(name: string): ReadonlyMap<string, string> {
  const out = join(folder, name);
  const files = readdirSync(out).filter((file) => !file.endsWith('.part'));
  return new Map(files.sort().map((file) => [file, readFileSync(join(out, file), 'utf8')]));
}
