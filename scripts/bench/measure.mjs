import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const WARM_UP = 3;

/**
 * Runs each tool once a round, in an order that turns, so that what disturbs the machine disturbs all.
 *
 * @param {{ name: string, argv: (round: number) => string[], env?: object }[]} tools
 * @returns {Promise<Map<string, { wall: number[], cpu: number[] }>>} ms by round; cpu is user and system
 */
export async function measure(tools, rounds, stopwatch) {
  const results = new Map(tools.map(({ name }) => [name, { wall: [], cpu: [] }]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (let i = 0; i < tools.length; i++) {
      const { name, argv, env } = tools[(i + round + WARM_UP) % tools.length];
      const { wall, cpu } = await stopwatch.time(argv(round), env);
      if (round < 0) continue;
      results.get(name).wall.push(wall);
      results.get(name).cpu.push(cpu);
    }
  }
  return results;
}

/** KiB of memory in use by a process that waits. */
export async function restingMemory(argv, env) {
  const child = spawn(argv[0], argv.slice(1), {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, ...env },
  });
  await wait(3_000);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  child.kill('SIGTERM');
  await once(child, 'exit');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]);
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

/** The median of what two took in the same round, one divided by the other: drift falls out. */
export function ratio(values, others) {
  return quantile(
    values.map((value, round) => value / others[round]),
    0.5,
  );
}
