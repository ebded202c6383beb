import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliOptions, cli } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Proxy as Counter, startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

// What a start costs is measured by `npm run bench`; here is what it must not begin to do.

failOnLeaks();

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const PASSWORD = 'open-sesame';

let redis: RedisServer;
let locked: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  locked = await startRedis({ config: { requirepass: PASSWORD } });
  folder = mkdtempSync(join(tmpdir(), 'start-up-'));
});
afterAll(async () => {
  await redis.stop();
  await locked.stop();
  rmSync(folder, { recursive: true });
});

let count = 0;
let job: string[];
beforeEach(() => {
  job = ['--key', `job-${++count}`, '--slot', 'one'];
});

const call = (args: readonly string[], options: CliOptions = {}) =>
  cli(args, { ...options, env: { REDIS_URL: redis.url, ...options.env } });

describe('of Redis', () => {
  let proxy: Counter | undefined;
  afterEach(() => proxy?.stop());

  const asked = async (server: RedisServer, url: (port: number) => string) => {
    proxy = await startProxy(server.port);
    const env = { REDIS_URL: url(proxy.port) };
    const result = await call([...job, '--', 'true'], { env });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(proxy.connections).toBe(1);
    return proxy.requests.map(({ args: [name = ''] }) => name.toLowerCase());
  };
  const plain = (port: number) => `redis://127.0.0.1:${port}`;
  const withLogin = (port: number) => `redis://:${PASSWORD}@127.0.0.1:${port}/3`;

  /** The first runs of a job make its name known as well. */
  const hasRun = async (server: RedisServer, url: (port: number) => string) => {
    for (const slot of ['a', 'b', 'c']) {
      const [key = '', name = ''] = job;
      const env = { REDIS_URL: url(server.port) };
      await call([key, name, '--slot', slot, '--', 'true'], { env });
    }
  };

  test('a loser asks one thing', async () => {
    await call([...job, '--', 'true']);
    expect(await asked(redis, plain)).toEqual(['eval']);
  });

  test('a winner asks two: the claim, and the end', async () => {
    await hasRun(redis, plain);
    expect(await asked(redis, plain)).toEqual(['eval', 'eval']);
  });

  test('one of the first runs of a job tells that there is such a job', async () => {
    expect((await asked(redis, plain)).sort()).toEqual(['eval', 'eval', 'sadd']);
  });

  test('a password and a database cost one more each', async () => {
    await hasRun(locked, withLogin);
    expect(await asked(locked, withLogin)).toEqual(['auth', 'select', 'eval', 'eval']);
    await proxy?.stop();
    expect(await asked(locked, withLogin)).toEqual(['auth', 'select', 'eval']);
  });
});

interface Loaded {
  readonly builtins: readonly string[];
  readonly files: readonly string[];
}

const hook = ['--require', fixture('tell-what-was-loaded.cjs')];
const told = (): Loaded => JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8'));
const TELL_TO = () => join(folder, 'told.json');

/** What a program loads that only asks Redis one thing. */
const floor = (): Loaded => {
  const args = [...hook, fixture('one-connection.cjs'), String(redis.port)];
  execFileSync(process.execPath, args, { env: { ...process.env, TELL_TO: TELL_TO() } });
  return told();
};

const loadedBy = async (args: readonly string[], options: CliOptions = {}) => {
  const env = { TELL_TO: TELL_TO(), ...options.env };
  await call(args, { ...options, env, nodeArgs: hook });
  return told();
};

/** The files of dist/ that were evaluated. */
const packages = ({ files }: Loaded) =>
  files.filter((file) => file.includes('/dist/')).map((file) => basename(file, '.cjs'));

describe('of what is installed', () => {
  test('a loser loads the built-in modules of one connection, and what runs the bundle', async () => {
    await call([...job, '--', 'true']);
    const { builtins } = await loadedBy([...job, '--', 'true']);
    const known = new Set([...floor().builtins, 'vm', 'process']);
    expect(builtins.filter((name) => !known.has(name))).toEqual([]);
  });

  test('a loser loads no package but that of Redis', async () => {
    await call([...job, '--', 'true']);
    expect(packages(await loadedBy([...job, '--', 'true']))).toEqual(['redlock-run']);
  });

  test('a winner loads execa as well', async () => {
    expect(packages(await loadedBy([...job, '--', 'true']))).toEqual(['redlock-run', 'execa']);
  });

  test('a winner loads of Node what a child process takes', async () => {
    const { builtins } = await loadedBy([...job, '--', 'true']);
    const known = new Set([...floor().builtins, 'vm', 'process', 'child_process', 'dgram', 'os']);
    expect(builtins.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each([
    [['--schedule', '0 3 * * *'], ['croner']],
    [['--kye', 'x'], ['commander']],
    [['--help'], ['commander']],
  ])('%j loads %j', async (args, expected) => {
    const key = job.slice(0, 2);
    const { files } = await loadedBy([...key, ...args, '--', 'false']);
    expect(packages({ builtins: [], files }).slice(1)).toEqual(expect.arrayContaining(expected));
  });

  test('a configuration file loads its parser and its schema', async () => {
    const config = join(folder, 'config.yaml');
    writeFileSync(config, 'lease: 20s\n');
    const loaded = packages(await loadedBy([...job, '--config', config, '--', 'true']));
    expect(loaded).toEqual(expect.arrayContaining(['yaml', 'valibot']));
  });
});
