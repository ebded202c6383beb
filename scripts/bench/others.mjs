import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './redis.mjs';

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** flock, redis-cli and cronlock, where they are. */
export function simpleTools(redis, folder) {
  const tools = [];
  if (has('flock')) {
    tools.push({
      name: '`flock -n` (one machine)',
      argv: () => ['flock', '-n', join(folder, 'lock'), 'true'],
    });
  }
  if (has('redis-cli')) {
    const set = ['redis-cli', '-p', String(redis.port), 'SET', 'key', 'value', 'NX'];
    tools.push({ name: '`redis-cli SET NX`', argv: () => set });
  }
  const { CRONLOCK } = process.env;
  if (CRONLOCK) {
    const env = {
      CRONLOCK_HOST: '127.0.0.1',
      CRONLOCK_PORT: String(redis.port),
      CRONLOCK_GRACE: '0',
    };
    tools.push({ name: '`cronlock`', argv: (round) => [CRONLOCK, 'true', `${round}`], env });
  }
  return tools;
}

/** `etcdctl lock` against an etcd of its own. @returns {Promise<{ tools, stop }>} */
export async function etcd(folder) {
  if (!has('etcd') || !has('etcdctl')) return { tools: [], stop: () => {} };
  const [client, peer] = [await freePort(), await freePort()].map(
    (port) => `http://127.0.0.1:${port}`,
  );
  const child = spawn(
    'etcd',
    [
      ...['--data-dir', join(folder, 'etcd'), '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
    ],
    { stdio: 'ignore', env: { ...process.env, ETCDCTL_API: '3' } },
  );
  const env = { ETCDCTL_API: '3' };
  const argv = (round) => ['etcdctl', `--endpoints=${client}`, 'lock', `key-${round}`, 'true'];
  for (let tries = 0; tries < 50; tries++) {
    const health = ['endpoint', 'health', `--endpoints=${client}`];
    if (spawnSync('etcdctl', health, { env: { ...process.env, ...env } }).status === 0) break;
  }
  return {
    tools: [{ name: '`etcdctl lock`', argv, env }],
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** npm's redlock and redis-semaphore, installed into a folder of their own. */
export function npmPackages(redis, folder) {
  const target = mkdtempSync(join(folder, 'npm-'));
  writeFileSync(join(target, 'package.json'), '{ "private": true, "type": "module" }');
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    'ioredis@5',
    'redlock@5.0.0-beta.2',
    'redis-semaphore@5',
  ];
  const { status } = spawnSync('npm', install, { cwd: target, stdio: 'ignore' });
  if (status !== 0) return [];
  return ['redlock', 'redis-semaphore'].map((name) => {
    const file = join(target, `${name}.mjs`);
    cpSync(new URL(`./programs/${name}.mjs`, import.meta.url), file);
    const argv = (round) => [
      process.execPath,
      file,
      String(redis.port),
      `${name}-${round}`,
      'true',
    ];
    return { name: `npm's ${name}, winning`, argv };
  });
}
