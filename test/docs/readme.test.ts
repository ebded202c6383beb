import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { BIN, cli } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { optionsTable } from './options-table.js';

failOnLeaks();

const README = readFileSync('README.md', 'utf8');
/** The first block of a language under a heading. */
const block = (language: string, heading = '# redlock-run') => {
  const under = README.slice(README.indexOf(`${heading}\n`));
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(under)?.[1] ?? '';
};

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  symlinkSync(BIN, join(folder, 'redlock-run'));
  writeFileSync(join(folder, 'job.sh'), '#!/bin/sh\necho "the job ran"\n', { mode: 0o755 });
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a line as a person would, in a shell; the server of the README is ours. */
const shell = (line: string) =>
  promisify(execFile)('sh', ['-c', line.replace('redis://127.0.0.1:6379', redis.url)], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}`, REDIS_URL: redis.url },
  });

describe('the README tells the truth:', () => {
  test('its options are those of the command', () => {
    const [, shown] = /<!-- options -->\n(.*?)\n<!-- \/options -->/s.exec(README) ?? [];
    expect(shown).toBe(optionsTable());
  });

  test('its exit codes are those of the command', () => {
    const [, table = ''] = /## Exit codes\n(.*?)\n## /s.exec(README) ?? [];
    const shown = [...table.matchAll(/^\| (\d+)(?: \/ (\d+))? \|/gm)].flatMap((row) =>
      row.slice(1),
    );
    const codes = new Set(shown.filter((code) => code !== undefined).map(Number));
    const { signal: _, ...own } = EXIT;
    expect(codes).toEqual(new Set(Object.values(own)));
  });

  test('its crontab line runs the job once', async () => {
    const line = block('crontab').replace(/^(\S+\s+){5}/, '');
    expect((await shell(line)).stdout).toBe('the job ran\n');
    expect((await shell(line)).stdout).toBe('');
  });

  test('its crontab line for what breaks runs the job once', async () => {
    const line = block('crontab', '### When it breaks')
      .replace(/^(\S+\s+){5}/, '')
      .replace('./sync.sh', './job.sh');
    expect((await shell(line)).stdout).toBe('the job ran\n');
    expect((await shell(line)).stdout).toBe('');
  });

  test('its daemon takes the crontab of the examples, and that of the page', async () => {
    const [line = ''] = /^redlock-run daemon .* --check/m.exec(README) ?? [];
    const { stdout } = await shell(line.replace('examples', join(process.cwd(), 'examples')));
    expect(stdout).toContain('6 entries, no problem');
    const crontab = join(folder, 'of-the-daemon');
    writeFileSync(crontab, block('crontab', '### In containers: be the scheduler'));
    const { stdout: shown } = await shell(`redlock-run daemon ${crontab} --check`);
    expect(shown).toMatch(/nightly .* on one node\n.*tidy.* on every node/);
  });

  test('its crontab line in shadow runs the job every time', async () => {
    const line = block('crontab', '### Look before you leap').replace(/^(\S+\s+){5}/, '');
    expect(line).toContain('--shadow');
    await redis.command('FLUSHALL');
    for (const _ of ['won', 'lost']) expect((await shell(line)).stdout).toBe('the job ran\n');
  });

  test('its commands do what it says', async () => {
    const lines = block('sh', '## Using it').trim().split('\n').slice(1);
    expect(lines).toHaveLength(2);
    await redis.command('FLUSHALL');
    const [run, slots] = await Promise.all(lines.map(shell));
    expect(run).toMatchObject({ stdout: 'it is me\n', stderr: expect.stringContaining('won ') });
    expect(slots?.stdout).toMatch(/\d{4}-\d\d-\d\dT\d\d:\d\d:00Z/);
  });

  test('a crontab moves in as it says', async () => {
    writeFileSync(join(folder, 'before'), block('crontab', '### Moving in'));
    // Stands in for crontab(1): there is one crontab on this machine, and it is not ours.
    const crontab = '#!/bin/sh\nif [ "$1" = -l ]; then cat before; else cp "$1" after; fi\n';
    writeFileSync(join(folder, 'crontab'), crontab, { mode: 0o755 });
    const [list = '', look = '', , moveIn = ''] = block('sh', '### Moving in').split('\n');
    await shell(list);
    expect((await shell(look)).stdout).toMatch(/^-0 3 \* \* \* {2}\/opt\/app\/bin\/nightly$/m);
    await shell(moveIn);
    const after = readFileSync(join(folder, 'after'), 'utf8');
    expect(after).toContain("--key nightly --schedule '0 3 * * *' --takeover --timeout 1h --redis");
    expect(after.match(/redlock-run --key/g)).toHaveLength(1);
  });

  test('its configuration file is accepted', async () => {
    const file = join(folder, 'redlock-run.yaml');
    writeFileSync(file, block('yaml'));
    const env = { REDLOCK_RUN_REDIS: redis.url };
    const args = ['--config', file, '--key', 'a', '--schedule', '@hourly', '--', 'echo', 'ran'];
    expect(await cli(args, { env })).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  test('its links lead somewhere', () => {
    const targets = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) expect(existsSync(target ?? ''), target).toBe(true);
  });
});
