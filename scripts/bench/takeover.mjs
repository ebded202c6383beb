import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from './measure.mjs';

const LEASE = 2_000;
const STANDBYS = 3;
/** The first attempt runs on, a later one says that it has begun. */
const JOB = '[ "$REDLOCK_RUN_ATTEMPT" -gt 1 ] || exec sleep 600 >/dev/null 2>&1; echo begun';

/**
 * How long after the end of a winner the next attempt begins: real processes, one winner and a few
 * standbys for each trial.
 */
export async function takeovers(redis, bin, trials) {
  const rows = [];
  for (const [name, signal] of [
    [`kill -9 of the winner, \`--lease ${LEASE / 1_000}s\``, 'SIGKILL'],
    ['SIGTERM to the winner', 'SIGTERM'],
  ]) {
    const took = [];
    for (let i = 0; i < trials; i++) took.push(await trial(redis, bin, `${signal}-${i}`, signal));
    const [mid, worst] = [quantile(took, 0.5), quantile(took, 1)].map((ms) => ms.toFixed(0));
    rows.push(`| ${name} | ${trials} | ${mid} | ${worst} |`);
  }
  const head = [
    '| | trials | next attempt begins after, ms (median) | worst |',
    '|---|--:|--:|--:|',
  ];
  return [...head, ...rows].join('\n');
}

async function trial(redis, bin, slot, signal) {
  const args = ['--key', 'takeover', '--slot', slot, '--overlap', 'allow', '--takeover'];
  const node = (name) =>
    spawn(
      process.execPath,
      [bin, ...args, '--lease', `${LEASE}ms`, '--node', name, '--', 'sh', '-c', JOB],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: process.env.PATH, REDIS_URL: redis.url },
      },
    );
  const winner = node('winner');
  while (
    !(await redis.ask(`HGET redlock-run:{takeover}:run:${slot} state:1`)).includes('running')
  ) {
    await wait(20);
  }
  const standbys = Array.from({ length: STANDBYS }, (_, i) => node(`standby-${i}`));
  while (!(await redis.ask('INFO clients')).includes(`blocked_clients:${STANDBYS}\r`))
    await wait(20);
  // At some moment between two renewals.
  await wait(Math.random() * LEASE);
  const job = await jobOf(winner.pid);

  const since = performance.now();
  winner.kill(signal);
  const began = await Promise.race(
    standbys.map(async ({ stdout }) => {
      await once(stdout, 'data');
      return performance.now();
    }),
  );
  if (signal === 'SIGKILL') process.kill(job, 'SIGKILL');
  await Promise.all(standbys.map((each) => each.exitCode ?? once(each, 'exit')));
  return began - since;
}

/** The process that outlives its wrapper's kill -9. */
async function jobOf(pid) {
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    if (child) return Number(child);
    await wait(20);
  }
}
