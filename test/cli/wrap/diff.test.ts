import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../src/cli/wrap/diff.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diff-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (...texts: readonly string[]) => texts.map((text) => `${text}\n`).join('');

describe('a unified diff', () => {
  test('has three lines of context, and one hunk for changes that are close', () => {
    const before = lines('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12');
    const after = lines('1', '2', '3', '4', 'v', 'vi', '7', '8', '9', 'x', '11', '12');
    expect(unifiedDiff(before, after, 'crontab')).toEqual([
      '--- crontab',
      '+++ crontab',
      '@@ -2,11 +2,11 @@',
      ...[' 2', ' 3', ' 4', '-5', '-6', '+v', '+vi', ' 7', ' 8', ' 9', '-10', '+x', ' 11', ' 12'],
    ]);
  });

  test('of equal texts is empty', () => {
    expect(unifiedDiff('a\nb', 'a\nb', 'crontab')).toEqual([]);
    expect(unifiedDiff('', '', 'crontab')).toEqual([]);
  });

  test('says that a last line has no end', () => {
    expect(unifiedDiff('a\nb', 'a\nc', 'x').slice(3)).toEqual([
      ' a',
      '-b',
      '\\ No newline at end of file',
      '+c',
      '\\ No newline at end of file',
    ]);
  });

  const PATCHERS: readonly [string, ...string[]][] = [
    ['patch', '-s', '-p0'],
    ['git', 'apply', '-p0', '--unsafe-paths', '--whitespace=nowarn'],
  ];

  test.each(PATCHERS)('is what %s takes, whatever the lines are', (program, ...args) => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '-', '+', '@', '\t', '\r', '\\', 'ü'),
    });
    const line = fc.record({ text, isChanged: fc.boolean() });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.boolean(), (all, isEnded) => {
        const join = (texts: readonly string[]) => texts.join('\n') + (isEnded ? '\n' : '');
        // Without a last newline an empty last line would be none.
        const old = all.map(({ text }) => `|${text}`);
        const before = join(old);
        const after = join(old.map((was, at) => (all[at]?.isChanged ? `${was}!` : was)));
        expect(patched([program, ...args], before, after, 'crontab')).toBe(after);
      }),
      { numRuns: 50 },
    );
  });

  test.each(PATCHERS)('names a file as %s reads it', (program, ...args) => {
    for (const name of ['my crontab', 'etc/cron.d/a', 'a"b\\c', 'ta\tb', 'é']) {
      expect(patched([program, ...args], 'a\n', 'b\n', name), name).toBe('b\n');
    }
  });
});

/** What a real program makes of `before` by our diff. */
function patched(
  [program, ...args]: readonly [string, ...string[]],
  before: string,
  after: string,
  name: string,
): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, before);
  const diff = unifiedDiff(before, after, name);
  if (diff.length === 0) return before;
  const input = diff.map((line) => `${line}\n`).join('');
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, input });
  expect(status, `${input}${stdout}${stderr}`).toBe(0);
  return readFileSync(file, 'utf8');
}
