import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Clock ticks are hundredths of a second (getconf CLK_TCK). */
const TICK = 10;

/**
 * Runs each tool once a round, in an order that turns, so that what disturbs the machine disturbs all.
 *
 * @param {{ name: string, argv: (round: number) => string[], env?: object }[]} tools
 * @returns {Map<string, { wall: number[], cpu: number }>} ms per run; cpu is the mean of user and system
 */
export function measure(tools, rounds) {
  const results = new Map(tools.map(({ name }) => [name, { wall: [], cpu: 0 }]));
  const warmUp = 2;
  for (let round = -warmUp; round < rounds; round++) {
    for (let i = 0; i < tools.length; i++) {
      const { name, argv, env } = tools[(i + round + warmUp) % tools.length];
      const [file, ...args] = argv(round);
      const options = {
        stdio: 'ignore',
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      };
      const cpuBefore = childrensCpu();
      const since = performance.now();
      const { status, error } = spawnSync(file, args, options);
      const took = performance.now() - since;
      if (error || status === null) throw error ?? new Error(`${name} was killed`);
      if (round < 0) continue;
      const result = results.get(name);
      result.wall.push(took);
      result.cpu += (childrensCpu() - cpuBefore) / rounds;
    }
  }
  return results;
}

/** ms of processor that our ended children and theirs have taken (proc(5), cutime and cstime). */
function childrensCpu() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK;
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
