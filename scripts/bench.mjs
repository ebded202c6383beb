// `npm run bench`: what a start costs, side by side in one run. Needs redis-server and bash.
//
//   --rounds N     runs of each program (default 41)
//   --realtime     lets them go first on a machine that does other things (chrt(1), for root)
//   --node PATH    also another Node; may be given several times
//   --certificates FILE   also with NODE_EXTRA_CA_CERTS=FILE
//   --npm          also npm's redlock and redis-semaphore, installed into a temporary folder
//   --standbys N   also what N standbys cost Redis (takes two minutes)
//   --takeovers N  also how soon the next attempt begins, in N trials
//   --daemons N    also what a scheduler costs at rest, and how late its jobs begin, over N minutes
//   --write        puts the tables into docs/benchmarks.md
//   CRONLOCK=path  also cronlock
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { daemons } from './bench/daemons.mjs';
import { measure, restingMemory } from './bench/measure.mjs';
import { etcd, npmPackages, simpleTools } from './bench/others.mjs';
import { countingProxy, startRedis } from './bench/redis.mjs';
import { standbys } from './bench/standbys.mjs';
import { install, mainPrograms, nodesTable, ROOT, startTable, variants } from './bench/starts.mjs';
import { startStopwatch } from './bench/stopwatch.mjs';
import { takeovers } from './bench/takeover.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '41' },
    realtime: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
    certificates: { type: 'string' },
    npm: { type: 'boolean', default: false },
    standbys: { type: 'string' },
    takeovers: { type: 'string' },
    daemons: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const { execPath: NODE } = process;

/** As cron gives it, and no more: NODE_EXTRA_CA_CERTS alone makes a start of Node 20 twice as long. */
const env = {
  PATH: [dirname(NODE), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
  HOME: process.env.HOME ?? '/',
};

const folder = mkdtempSync(join(tmpdir(), 'redlock-run-bench-'));
chmodSync(folder, 0o755);
const redis = await startRedis();
const other = await etcd(folder);
const stopwatch = startStopwatch({ env, realtime: options.realtime });
const BIN = install(join(folder, 'installed'));
try {
  await prime();
  const tables = {
    start: await starts(),
    ...((options.node.length > 0 || options.certificates) && { nodes: await nodes() }),
    redis: await redisTable(),
    memory: await memoryTable(),
    ...(options.standbys && { standbys: await standbys(redis, Number(options.standbys)) }),
    ...(options.daemons && { daemons: await schedulers(Number(options.daemons)) }),
    ...(options.takeovers && { takeovers: await takeovers(redis, BIN, Number(options.takeovers)) }),
  };
  for (const table of Object.values(tables)) process.stdout.write(`${table}\n\n`);
  if (options.write) writeDocument(tables);
} finally {
  stopwatch.stop();
  await other.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Somebody has won the slot, and the first start here, which makes the cache, has lost it. */
async function prime() {
  const [, { argv, env: ours }] = mainPrograms(NODE, BIN, redis);
  const elsewhere = install(join(folder, 'elsewhere'));
  const [, , ...words] = argv();
  for (const bin of [elsewhere, BIN]) await stopwatch.time([NODE, bin, ...words], ours);
}

async function starts() {
  const before = loadavg()[0];
  const programs = [
    ...mainPrograms(NODE, BIN, redis),
    ...variants(NODE, BIN, redis, folder),
    ...simpleTools(redis, folder),
    ...other.tools,
    ...(options.npm ? npmPackages(redis, folder) : []),
  ];
  const results = await measure(programs, rounds, stopwatch);
  const load = [before, loadavg()[0]].map((value) => value.toFixed(1)).join(' to ');
  const [{ model }] = cpus();
  const priority = options.realtime ? ', at real-time priority' : '';
  return [
    `${rounds} rounds${priority}, load ${load}; Node ${process.version}, ${cpus().length} × ${model.trim()}, ` +
      `Linux ${release()}, Redis on the same machine.`,
    '',
    startTable(programs, results),
  ].join('\n');
}

async function nodes() {
  const measured = [];
  const { certificates: file } = options;
  const kinds = [NODE, ...options.node].map((node) => ({ node, note: '' }));
  if (file) {
    const variables = { NODE_EXTRA_CA_CERTS: file };
    kinds.push({ node: NODE, note: ', with `NODE_EXTRA_CA_CERTS`', variables });
  }
  for (const { node, note, variables } of kinds) {
    const programs = mainPrograms(node, BIN, redis, variables);
    const results = await measure(programs, rounds, stopwatch);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8', env }).trim();
    measured.push({ version: `${version}${note}`, programs, results });
  }
  return nodesTable(measured);
}

async function redisTable() {
  const run = (slot, url) => {
    const args = [BIN, '--key', 'count', '--slot', slot, '--redis', url, '--', 'true'];
    return once(spawn(NODE, args, { stdio: 'inherit' }), 'exit');
  };
  // The first runs of a job register its name, too.
  for (const slot of ['first', 'second', 'third'])
    await run(slot, `redis://127.0.0.1:${redis.port}`);
  const rows = [];
  for (const name of ['winner, job `true`', 'loser']) {
    const proxy = await countingProxy(redis.port);
    await run('counted', proxy.url);
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
  const waiting = await restingMemory(args, { REDIS_URL: redis.url });
  const mib = (kib) => (kib / 1_024).toFixed(1);
  return [
    '| | resident memory, MiB | times idle Node |',
    '|---|--:|--:|',
    `| idle \`node\` | ${mib(idle)} | 1 |`,
    `| redlock-run while its job runs | ${mib(waiting)} | ${(waiting / idle).toFixed(2)} |`,
  ].join('\n');
}

function schedulers(minutes) {
  return daemons({ redis, node: NODE, bin: BIN, folder, minutes });
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
