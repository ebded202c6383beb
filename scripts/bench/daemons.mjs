import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile } from './measure.mjs';

const ENTRIES = 1_000;
/** Of these so many are due every minute. */
const MINUTELY = 100;
const MINUTE = 60_000;
/** ms before a full minute by which a daemon is up, and after it within which its jobs have begun. */
const LEEWAY = 6_000;
const SETTLED = 15_000;
const CRON_NODE = fileURLToPath(
  new URL('../../test/support/fixtures/cron-node.sh', import.meta.url),
);
const IDLE = fileURLToPath(new URL('programs/idle-ioredis.cjs', import.meta.url));

/** What a scheduler costs while nothing is due, and how late its jobs begin when many are. */
export async function daemons({ redis, node, bin, folder, minutes }) {
  return [
    await resting({ redis, node, bin, folder }),
    '',
    await firing({ redis, node, bin, folder, minutes }),
  ].join('\n');
}

async function resting({ redis, node, bin, folder }) {
  const crontab = join(folder, 'resting');
  // Nothing of it is due while we look.
  writeFileSync(
    crontab,
    Array.from(
      { length: ENTRIES },
      (_, i) => `${i % 60} 3 ${1 + (i % 28)} ${1 + (i % 12)} * job-${i}\n`,
    ).join(''),
  );
  const programs = [
    ['idle `node` with ioredis, connected', [node, IDLE, redis.url], 'stdout'],
    [
      `\`redlock-run daemon\`, ${ENTRIES} entries`,
      [node, bin, 'daemon', crontab, '--redis', redis.url],
      'stderr',
    ],
  ];
  const rows = [];
  let floor;
  for (const [name, argv, speaksOn] of programs) {
    const { kib, share } = await atRest(argv, speaksOn);
    floor ??= kib;
    const [mib, times, percent] = [kib / 1_024, kib / floor, 100 * share];
    rows.push(`| ${name} | ${mib.toFixed(1)} | ${times.toFixed(2)} | ${percent.toFixed(2)} % |`);
  }
  const head = ['| at rest | resident memory, MiB | times | of one core |', '|---|--:|--:|--:|'];
  return [...head, ...rows].join('\n');
}

/** Over a whole minute, the tick that belongs to it included. */
async function atRest([command, ...args], speaksOn) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child[speaksOn], 'data');
  await wait(5_000);
  const before = cpuOf(child.pid);
  await wait(MINUTE);
  const share = (cpuOf(child.pid) - before) / 60;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { kib: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), share };
}

/** Seconds of user and system time (proc(5)). */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function firing({ redis, node, bin, folder, minutes }) {
  const journal = join(folder, 'begun');
  const line = `* * * * * bash -c 'echo $EPOCHREALTIME >> ${journal}' #`;
  const crontab = join(folder, 'firing');
  const busy = Array.from({ length: MINUTELY }, (_, i) => `${line} ${i}\n`).join('');
  const rest = Array.from(
    { length: ENTRIES - MINUTELY },
    (_, i) => `0 3 1 ${1 + (i % 12)} * job-${i}\n`,
  );
  writeFileSync(crontab, busy + rest.join(''));
  const ours = [node, bin, 'daemon', crontab, '--redis', redis.url, '--log', 'json'];
  const programs = [
    { name: '`redlock-run daemon`', argv: ours },
    { name: '`busybox crond`', argv: [CRON_NODE, 'bench', 'busybox', busy] },
    {
      name: "Debian's `cron`",
      argv: ['unshare', '--mount', '--uts', CRON_NODE, 'bench', 'spool', busy],
    },
  ].filter(({ argv }) => argv === ours || spawnSync('unshare', ['--mount', 'true']).status === 0);

  const rows = [];
  for (const { name, argv } of programs) {
    const { begun, won } = await minutesOf(argv, journal, minutes);
    if (won.length > 0) rows.push(rowOf(`${name}: elected`, won));
    rows.push(rowOf(`${name}: the job has begun`, begun));
  }
  const head = [
    `| ${MINUTELY} jobs on the full minute | jobs | median, ms after it | p99 | last |`,
    '|---|--:|--:|--:|--:|',
  ];
  return [...head, ...rows].join('\n');
}

function rowOf(name, delays) {
  const [mid, late, last] = [0.5, 0.99, 1].map((share) => quantile(delays, share).toFixed(0));
  return `| ${name} | ${delays.length} | ${mid} | ${late} | ${last} |`;
}

/** How late each job was, ms, over some full minutes. */
async function minutesOf([command, ...args], journal, minutes) {
  rmSync(journal, { force: true });
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const first = Math.ceil((Date.now() + LEEWAY) / MINUTE) * MINUTE;
  await wait(first + (minutes - 1) * MINUTE + SETTLED - Date.now());
  // The script of cron's node ends its daemon when its stdin does: a signal would leave that daemon behind.
  if (command === process.execPath) child.kill('SIGTERM');
  child.stdin.end();
  await once(child, 'exit');
  const late = (at) => (at - first) % MINUTE;
  const lines = (text) => text.split('\n').filter((line) => line !== '');
  return {
    begun: lines(readFileSync(journal, 'utf8'))
      .map((line) => Number(line) * 1_000)
      .filter((at) => at >= first)
      .map(late),
    won: lines(said)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter(({ event, time }) => event === 'won' && Date.parse(time) >= first)
      .map(({ time }) => late(Date.parse(time))),
  };
}
