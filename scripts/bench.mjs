// `npm run bench`: what a start costs, side by side in one run. Needs redis-server.
//
//   --rounds N     runs of each program (default 41)
//   --npm          also npm's redlock and redis-semaphore, installed into a temporary folder
//   --standbys N   also what N standbys cost Redis (takes two minutes)
//   --write        puts the tables into docs/benchmarks.md
//   CRONLOCK=path  also cronlock
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { measure, quantile, restingMemory } from './bench/measure.mjs';
import { etcd, npmPackages, simpleTools } from './bench/others.mjs';
import { countingProxy, startRedis } from './bench/redis.mjs';
import { standbys } from './bench/standbys.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '41' },
    npm: { type: 'boolean', default: false },
    standbys: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const ROOT = resolve(import.meta.dirname ?? '.', '..');
const BIN = join(ROOT, 'bin/redlock-run.js');
const PROGRAMS = join(ROOT, 'scripts/bench/programs');
const { execPath: NODE } = process;

const folder = mkdtempSync(join(tmpdir(), 'redlock-run-bench-'));
const redis = await startRedis();
const ours = { REDIS_URL: redis.url };
const other = await etcd(folder);
try {
  const tables = {
    start: startTable(measure(await programs(), Number(options.rounds))),
    redis: await redisTable(),
    memory: await memoryTable(),
    ...(options.standbys && { standbys: await standbys(redis, Number(options.standbys)) }),
  };
  for (const table of Object.values(tables)) process.stdout.write(`${table}\n\n`);
  if (options.write) writeDocument(tables);
} finally {
  await other.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function programs() {
  const port = String(redis.port);
  const lose = ['--key', 'lose', '--slot', 'one', '--', 'true'];
  const win = (round) => ['--key', 'win', '--slot', `${round}`, '--', 'true'];
  const unbundled = await buildUnbundled();
  // The slot that the losers lose.
  await once(spawn(NODE, [BIN, ...lose], { env: { ...process.env, ...ours } }), 'exit');
  return [
    { name: 'bare `node -e 0`', argv: () => [NODE, '-e', '0'] },
    { name: '**floor**: connect, `INCR`', argv: () => [NODE, join(PROGRAMS, 'floor.cjs'), port] },
    { name: '**losing path**', argv: () => [NODE, BIN, ...lose], env: ours },
    {
      name: 'losing path, with `--schedule` and `--timezone`',
      argv: () => [
        NODE,
        BIN,
        '--key',
        'cron',
        '-s',
        '0 3 * * *',
        '--timezone',
        'Europe/London',
        '--',
        'true',
      ],
      env: ours,
    },
    {
      name: '**floor of a winner**: the floor, and a spawn of `true`',
      argv: () => [NODE, join(PROGRAMS, 'floor-and-spawn.cjs'), port],
    },
    {
      name: '**winning path**, job `true`',
      argv: (round) => [NODE, BIN, ...win(round)],
      env: ours,
    },
    { name: 'losing path, not bundled', argv: () => [NODE, unbundled, ...lose], env: ours },
    ...simpleTools(redis, folder),
    ...other.tools,
    ...(options.npm ? npmPackages(redis, folder) : []),
  ];
}

/** Our code as it is, and packages from node_modules. */
async function buildUnbundled() {
  const outfile = join(ROOT, 'dist/unbundled.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/cli/entry.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    loader: { '.lua': 'text' },
    logLevel: 'warning',
  });
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

function startTable(results) {
  const median = (name) => quantile(results.get(name).wall, 0.5);
  const floors = {
    floor: median('**floor**: connect, `INCR`'),
    winner: median('**floor of a winner**: the floor, and a spawn of `true`'),
  };
  const rows = [...results].map(([name, { wall, cpu }]) => {
    const [low, mid, high] = [0.25, 0.5, 0.75].map((share) => quantile(wall, share).toFixed(1));
    const floor = /winn/.test(name) ? floors.winner : floors.floor;
    return `| ${name} | ${mid} | ${low} to ${high} | ${cpu.toFixed(1)} | ${(mid / floor).toFixed(2)} |`;
  });
  return [
    `${options.rounds} rounds, Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}.`,
    '',
    '| program | wall, ms (median) | quartiles | CPU, ms (mean) | times its floor |',
    '|---|--:|---|--:|--:|',
    ...rows,
  ].join('\n');
}

async function redisTable() {
  const rows = [];
  for (const [name, slot] of [
    ['winner, job `true`', 'counted'],
    ['loser', 'counted'],
  ]) {
    const proxy = await countingProxy(redis.port);
    const args = [BIN, '--key', 'count', '--slot', slot, '--redis', proxy.url, '--', 'true'];
    await once(spawn(NODE, args, { stdio: 'inherit' }), 'exit');
    const { connections, commands, roundTrips } = proxy.count;
    rows.push(`| ${name} | ${connections} | ${commands} | ${roundTrips} |`);
    proxy.stop();
  }
  const head = ['| | connections | commands | round trips |', '|---|--:|--:|--:|'];
  return [...head, ...rows].join('\n');
}

async function memoryTable() {
  const idle = await restingMemory([NODE, '-e', 'setInterval(() => {}, 1e9)']);
  const args = [NODE, BIN, '--key', 'rest', '--slot', 'one', '--', 'sleep', '60'];
  const waiting = await restingMemory(args, ours);
  const mib = (kib) => (kib / 1_024).toFixed(1);
  return [
    '| | resident memory, MiB | times idle Node |',
    '|---|--:|--:|',
    `| idle \`node\` | ${mib(idle)} | 1 |`,
    `| redlock-run while its job runs | ${mib(waiting)} | ${(waiting / idle).toFixed(2)} |`,
  ].join('\n');
}

function writeDocument(tables) {
  const file = join(ROOT, 'docs/benchmarks.md');
  let text = readFileSync(file, 'utf8');
  for (const [name, table] of Object.entries(tables)) {
    const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!block.test(text)) throw new Error(`docs/benchmarks.md has no place for "${name}"`);
    text = text.replace(block, (_, before, after) => `${before}${table}\n${after}`);
  }
  writeFileSync(file, text);
}
