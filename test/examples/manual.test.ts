import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../support/cli.js';
import { example, examples, PASSWORD, useStage } from './stage.js';

const stage = useStage();

const blocks = [...example('manual.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => code);
const lines = blocks.flatMap((code) => code?.trimEnd().split('\n') ?? []);
const runs = lines.filter((line) => line.includes(' -- '));

test('every line is tried', () => {
  expect(runs.length).toBeGreaterThan(5);
  expect(lines.filter((line) => !runs.includes(line))).toEqual([
    "redlock-run slots '30 2 * * *' --timezone Europe/London",
  ]);
});

test.each(runs)('%s', async (line) => {
  const env = { REDLOCK_RUN_REDIS: stage.at('redis://r:6379'), REDIS_PASSWORD: PASSWORD };
  const results = await stage.onNodes(2, stage.at(line), env);
  const ran = results.filter(({ stdout }) => / ran for \w+\n/.test(stdout));
  expect(ran).toHaveLength(1);
  expect(ran[0]?.exit).toBe(0);
  const skipped = Number(/--skip-exit-code (\d+)/.exec(line)?.[1] ?? 0);
  expect(results.find((result) => result !== ran[0])).toMatchObject({ exit: skipped, stdout: '' });
  // -v says what is decided; nobody else says a word.
  for (const { stderr } of results) {
    if (line.includes(' -v ')) expect(stderr).toMatch(/^redlock-run: /);
    else expect(stderr).toBe('');
  }
});

test('the slots of an expression can be listed', async () => {
  const { code, stdout } = await cli(['slots', '30 2 * * *', '--timezone', 'Europe/London']);
  expect(code).toBe(0);
  expect(stdout).toContain('02:30');
});

test('the configuration file is one', async () => {
  const file = join(stage.folder, 'shared.yaml');
  writeFileSync(file, stage.at(example('redlock-run.yaml')));
  const line = 'redlock-run --key nightly --slot a -- /opt/app/bin/nightly';
  const [result] = await stage.onNodes(1, stage.at(line), { REDLOCK_RUN_CONFIG: file });
  expect(result).toEqual({ exit: 0, stdout: 'nightly  ran for nightly\n', stderr: '' });
});

test('the index names every example', () => {
  const files = readdirSync(examples, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map(({ parentPath, name }) => join(parentPath, name).slice(examples.length + 1));
  const links = [...example('README.md').matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !target.endsWith('README.md'));
  expect(links.sort()).toEqual(files.sort());
});
