import { setTimeout as wait } from 'node:timers/promises';

const LEASE = 30_000;

/**
 * What standbys cost Redis: so many callers of the library, each with a connection of its own, that
 * stand by for a run that lasts two leases.
 */
export async function standbys(redis, count) {
  const { runOncePerSlot } = await import('../../dist/index.js');
  const call = (task) =>
    runOncePerSlot(
      { key: 'many', slot: 'one', redis: redis.url, takeover: true, redisTimeout: '60s' },
      task,
    );
  const memoryBefore = await info(redis, 'memory', 'used_memory');

  let end;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  let began;
  const begun = new Promise((resolve) => {
    began = resolve;
  });
  const winner = call(async () => {
    began();
    await ended;
  });
  await begun;
  const others = Array.from({ length: count }, () => call(() => {}));
  while ((await info(redis, 'clients', 'blocked_clients')) < count) await wait(200);

  const memory = (await info(redis, 'memory', 'used_memory')) - memoryBefore;
  const [cpu, commands] = [
    await cpuOf(redis),
    await info(redis, 'stats', 'total_commands_processed'),
  ];
  const since = performance.now();
  await wait(2 * LEASE);
  const seconds = (performance.now() - since) / 1_000;
  const spent = (await cpuOf(redis)) - cpu;
  const asked = (await info(redis, 'stats', 'total_commands_processed')) - commands;

  const finished = performance.now();
  end();
  await winner;
  await Promise.all(others);
  const left = performance.now() - finished;
  return [
    '| standbys | commands a second (scripts’ own included) | of one core of Redis | memory of Redis, each | all gone after the run’s end |',
    '|--:|--:|--:|--:|--:|',
    `| ${count} | ${(asked / seconds).toFixed(0)} | ${((100 * spent) / seconds).toFixed(2)} % | ${(memory / count / 1_024).toFixed(1)} KiB | ${left.toFixed(0)} ms |`,
  ].join('\n');
}

async function info(redis, section, name) {
  const text = await redis.ask(`INFO ${section}`);
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)[1]);
}

const cpuOf = async (redis) =>
  (await info(redis, 'cpu', 'used_cpu_user')) + (await info(redis, 'cpu', 'used_cpu_sys'));
