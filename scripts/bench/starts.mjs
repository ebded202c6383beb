import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile, ratio } from './measure.mjs';
import { writeUnbundled } from './unbundled.mjs';

export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

const PROGRAMS = join(ROOT, 'scripts/bench/programs');
const LOSE = ['--key', 'lose', '--slot', 'one', '--', 'true'];
const CRON = ['--key', 'cron', '-s', '0 3 * * *', '--timezone', 'Europe/London', '--', 'true'];
let slots = 0;
const win = () => ['--key', 'win', '--slot', `${process.pid}-${++slots}`, '--', 'true'];

/**
 * An installation of its own: whose code cache is made here, and by nothing else.
 *
 * @returns the path of the command
 */
export function install(folder) {
  mkdirSync(folder, { mode: 0o755 });
  for (const part of ['bin', 'dist']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  return join(folder, 'bin/redlock-run.js');
}

/** What each Node is measured with; `floor` and `winner` are what the others are compared to. */
export function mainPrograms(node, bin, redis, variables = {}) {
  const env = { REDIS_URL: redis.url, ...variables };
  const port = String(redis.port);
  return [
    {
      name: '**floor**: connect, `INCR`',
      is: 'floor',
      argv: () => [node, join(PROGRAMS, 'floor.cjs'), port],
      env,
    },
    { name: '**losing path**', is: 'losing', argv: () => [node, bin, ...LOSE], env },
    {
      name: '**floor of a winner**: the floor, and a spawn of `true`',
      is: 'winner',
      argv: () => [node, join(PROGRAMS, 'floor-and-spawn.cjs'), port],
      env,
    },
    {
      name: '**winning path**, job `true`',
      is: 'winning',
      argv: () => [node, bin, ...win()],
      env,
    },
  ];
}

/** What the choices of docs/decisions/0002-start-up.md make of it. */
export function variants(node, bin, redis, folder) {
  const env = { REDIS_URL: redis.url };
  // Nowhere to keep a cache: the package is somebody else's to change, and there is no home.
  const uncached = install(join(folder, 'uncached'));
  chmodSync(join(folder, 'uncached'), 0o777);
  const nowhere = { ...env, HOME: '', XDG_CACHE_HOME: '' };
  mkdirSync(join(folder, 'unbundled'));
  const unbundled = writeUnbundled(ROOT, join(folder, 'unbundled'));
  return [
    { name: 'bare `node -e 0`', argv: () => [node, '-e', '0'] },
    {
      name: 'losing path, with `--schedule` and `--timezone`',
      argv: () => [node, bin, ...CRON],
      env,
    },
    { name: 'losing path, by its `#!` line', argv: () => [bin, ...LOSE], env },
    {
      name: 'losing path, without code cache',
      argv: () => [node, uncached, ...LOSE],
      env: nowhere,
    },
    {
      name: 'winning path, without code cache',
      argv: () => [node, uncached, ...win()],
      env: nowhere,
    },
    { name: 'losing path, not bundled', argv: () => [node, unbundled, ...LOSE], env },
    { name: 'winning path, not bundled', argv: () => [node, unbundled, ...win()], env },
  ];
}

/** @param {Map<string, { wall: number[], cpu: number[] }>} results of programs */
export function startTable(programs, results) {
  const wallOf = (is) => results.get(programs.find((program) => program.is === is).name).wall;
  const rows = [...results].map(([name, { wall, cpu }]) => {
    const [low, mid, high] = [0.25, 0.5, 0.75].map((share) => quantile(wall, share).toFixed(1));
    const least = Math.min(...wall).toFixed(1);
    const times = ratio(wall, wallOf(/winn|wrapper/.test(name) ? 'winner' : 'floor')).toFixed(2);
    const busy = quantile(cpu, 0.5).toFixed(0);
    return `| ${name} | ${mid} | ${low} to ${high} | ${least} | ${busy} | ${times} |`;
  });
  return [
    '| program | wall, ms (median) | quartiles | least | CPU, ms | times its floor |',
    '|---|--:|---|--:|--:|--:|',
    ...rows,
  ].join('\n');
}

/** @param {{ version: string, programs: object[], results: Map }[]} nodes */
export function nodesTable(nodes) {
  const rows = nodes.map(({ version, programs, results }) => {
    const wallOf = (is) => results.get(programs.find((program) => program.is === is).name).wall;
    const mid = (is) => quantile(wallOf(is), 0.5).toFixed(1);
    const [lost, won] = [
      ratio(wallOf('losing'), wallOf('floor')),
      ratio(wallOf('winning'), wallOf('winner')),
    ].map((value) => value.toFixed(2));
    return `| ${version} | ${mid('floor')} | ${mid('losing')} | ${lost} | ${mid('winner')} | ${mid('winning')} | ${won} |`;
  });
  return [
    '| Node | floor, ms | losing, ms | times | floor of a winner, ms | winning, ms | times |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}
