import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { failOnLeaks } from './leaks.js';

failOnLeaks();

const CONFIG = fileURLToPath(new URL('fixtures/leaky.config.ts', import.meta.url));
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

test('what a test leaves behind fails it, and what a file leaves behind fails the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leaky-'));
  const file = join(folder, 'report.json');
  const args = ['run', '--config', CONFIG, '--reporter=json', `--outputFile=${file}`];
  // A temporary directory and a tag of its own: what it leaves is not ours.
  const { TEST_TAG, ...env } = process.env;
  const { status } = spawnSync(process.execPath, [VITEST, ...args], {
    env: { ...env, TMPDIR: folder },
  });
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  const said = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, failureMessages }) => [title, failureMessages.join()]),
  );

  expect(status).toBe(1);
  expect(said).toEqual([
    ['nothing', ''],
    ['a child', expect.stringMatching(/process \d+: sleep 62/)],
    ['an orphan in a session of its own', expect.stringMatching(/process \d+: sleep 63/)],
    [
      'an orphan that has overwritten its environment',
      expect.stringMatching(/process \d+: redis-server/),
    ],
    ['a file', expect.stringMatching(/file forgotten-/)],
    ['a port', expect.stringMatching(/port \d+/)],
  ]);
  expect(report.testResults[0]?.message).toMatch(/process \d+: sleep 61/);
  expect(readdirSync(folder)).toEqual(['report.json']);
  rmSync(folder, { recursive: true });
});
