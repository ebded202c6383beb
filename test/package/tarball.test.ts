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

test('its import works, as the README shows it', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(example).toContain("from 'redlock-run'");
  const local = example.replace('redis://127.0.0.1:6379', redis.url);
  writeFileSync(join(folder, 'example.mjs'), local);
  expect((await inFolder(process.execPath, 'example.mjs')).stdout).toMatch(
    /^ran with fence \d{16}\n$/,
  );
  expect((await inFolder(process.execPath, 'example.mjs')).stdout).toBe('');
});

test('its types are those of the README', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? [];
  const wrong = '\nawait runOncePerSlot({ key: 7 }, () => {});\n';
  writeFileSync(join(folder, 'right.ts'), `declare const process: any;\n${example}`);
  writeFileSync(join(folder, 'wrong.ts'), `declare const process: any;\n${example}${wrong}`);
  const tsc = (file: string) =>
    run(
      process.execPath,
      [
        join(process.cwd(), 'node_modules/typescript/bin/tsc'),
        ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', file],
      ],
      { cwd: folder },
    );
  await tsc('right.ts');
  await expect(tsc('wrong.ts')).rejects.toMatchObject({
    stdout: expect.stringContaining("'number' is not assignable to type 'string'"),
  });
});
