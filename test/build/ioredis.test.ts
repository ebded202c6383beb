import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { failOnLeaks } from '../support/leaks.js';
import { startRedis } from '../support/redis-server.js';

failOnLeaks();

const run = promisify(execFile);
const ENTRY = fileURLToPath(new URL('fixtures/uses-ioredis.mjs', import.meta.url));

/** Runs a program that uses all of ioredis: bundled as the command line is, or as it is installed. */
async function told(port: number, bundled: boolean): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'ioredis-'));
  const outfile = join(folder, 'out.mjs');
  const options = {
    ...{ entryPoints: [ENTRY], outfile, bundle: true, platform: 'node', format: 'esm' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  };
  const build = `
    import { build } from 'esbuild';
    import { lazyModules } from './scripts/build/lazy-modules.mjs';
    await build({ ...${JSON.stringify(options)}, plugins: [lazyModules(['ioredis', 'redis-errors'])] });
  `;
  try {
    if (bundled) await run(process.execPath, ['--input-type=module', '--eval', build]);
    const { stdout } = await run(process.execPath, [bundled ? outfile : ENTRY, String(port)]);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the ioredis of the bundle does what the one that is installed does', async () => {
  const redis = await startRedis();
  try {
    const installed = await told(redis.port, false);
    expect(installed).toMatchObject({ hash: { a: '1', b: '2' }, script: 8, buffer: true });
    await redis.command('FLUSHALL');
    expect(await told(redis.port, true)).toEqual(installed);
  } finally {
    await redis.stop();
  }
});
