import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

const run = promisify(execFile);

let redis: RedisServer;
let folder: string;
let packed: readonly string[];

/** What a user has who ran `npm install redlock-run` in an empty folder. */
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const { stdout } = await run('npm', [
    ...['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
  ]);
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] =
    JSON.parse(stdout);
  packed = files.map(({ path }) => path);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await run('npm', ['install', ...quiet, join(folder, filename)], { cwd: folder });
}, 240_000);
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const inFolder = (file: string, ...args: string[]) =>
  run(file, args, {
    cwd: folder,
    env: { PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`, REDIS_URL: redis.url },
  });

test('the package holds what is needed, and nothing of ours besides', () => {
  for (const file of ['bin/redlock-run.js', 'dist/redlock-run.cjs', 'README.md', 'LICENSE']) {
    expect(packed).toContain(file);
  }
  expect(packed).toContain('dist/THIRD-PARTY-LICENSES.txt');
  expect(packed.filter((file) => /^(src|test|scripts|node_modules)\//.test(file))).toEqual([]);
});

test('its command works', async () => {
  expect((await inFolder('redlock-run', '--version')).stdout).toBe(`${pkg.version}\n`);
  const args = ['--key', 'a', '--slot', 'one', '--', 'echo', 'ran'];
  expect(await inFolder('redlock-run', ...args)).toEqual({ stdout: 'ran\n', stderr: '' });
  expect(await inFolder('redlock-run', ...args)).toEqual({ stdout: '', stderr: '' });
});

/** The examples of the README, for the library and for node-cron. */
const [example = '', withNodeCron = ''] = [
  ...readFileSync('README.md', 'utf8').matchAll(/```ts\n(.*?)```/gs),
].map(([, code]) => code);

const tsc = (file: string) =>
  run(
    process.execPath,
    [
      join(process.cwd(), 'node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', file],
    ],
    { cwd: folder },
  );

test('its import works, as the README shows it', async () => {
  expect(example).toContain("from 'redlock-run'");
  const local = example.replace('redis://127.0.0.1:6379', redis.url);
  writeFileSync(join(folder, 'example.mjs'), local);
  expect((await inFolder(process.execPath, 'example.mjs')).stdout).toMatch(
    /^ran with fence \d{16}\n$/,
  );
  expect((await inFolder(process.execPath, 'example.mjs')).stdout).toBe('');
});

test('its types are those of the README', async () => {
  const wrong = '\nawait runOncePerSlot({ key: 7 }, () => {});\n';
  writeFileSync(join(folder, 'right.ts'), `declare const process: any;\n${example}`);
  writeFileSync(join(folder, 'wrong.ts'), `declare const process: any;\n${example}${wrong}`);
  await tsc('right.ts');
  await expect(tsc('wrong.ts')).rejects.toMatchObject({
    stdout: expect.stringContaining("'number' is not assignable to type 'string'"),
  });
});

test('its coordinator runs what node-cron fires, as the README shows it', async () => {
  expect(withNodeCron).toContain("from 'redlock-run/node-cron'");
  const everySecond = withNodeCron
    .replace('redis://127.0.0.1:6379', redis.url)
    .replace('0 3 * * *', '* * * * * *');
  const once = `cron.getTasks().forEach((task) => task.once('execution:finished', async () => {
    await cron.shutdown();
    await coordinator.close();
  }));`;
  writeFileSync(join(folder, 'tasks.mjs'), `${everySecond}\n${once}`);
  expect((await inFolder(process.execPath, 'tasks.mjs')).stdout).toMatch(
    /^\S+Z ran with fence \d{16}\n/,
  );
});

test('its coordinator has the types of node-cron’s', async () => {
  const wrong = '\nredisCoordinator({ takeover: 7 });\n';
  writeFileSync(join(folder, 'tasks.ts'), `declare const process: any;\n${withNodeCron}`);
  writeFileSync(
    join(folder, 'no-tasks.ts'),
    `declare const process: any;\n${withNodeCron}${wrong}`,
  );
  await tsc('tasks.ts');
  await expect(tsc('no-tasks.ts')).rejects.toMatchObject({
    stdout: expect.stringContaining("'number' is not assignable to type 'boolean"),
  });
});
