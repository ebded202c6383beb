import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { printCrontab } from '../../../src/schedule/crontab/crontab.js';
import { parseCrontab } from '../../../src/schedule/crontab/parse-crontab.js';

const MEGABYTE = 1_000_000;

/** Of an entry each, all different. */
function manyEntries(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const times = `${i % 60},${(i * 7) % 60} ${i % 24} * * ${i % 7}`;
    return `${times} /usr/local/bin/job-${i} --verbose >/dev/null 2>&1\n`;
  }).join('');
}

describe('a crontab of any size is read in time that grows with its length', () => {
  test.each<[string, string]>([
    ['one entry', `0 3 * * * ${'x'.repeat(MEGABYTE)}`],
    ['one word', 'a'.repeat(MEGABYTE)],
    ['fields', '* '.repeat(MEGABYTE / 2)],
    ['one field', `${'1,'.repeat(MEGABYTE / 2)}1 3 * * * run`],
    ['blanks', `${' '.repeat(MEGABYTE)}x`],
    ['blanks in a value', `A=b${' '.repeat(MEGABYTE)}x`],
    ['quotes', '"'.repeat(MEGABYTE)],
    ['an open quote', `A="${' '.repeat(MEGABYTE)}`],
    ['percent signs', `0 3 * * * cat${'%\\'.repeat(MEGABYTE / 2)}`],
    ['continued lines', '\\\n'.repeat(MEGABYTE / 4)],
    ['blank lines', '\n'.repeat(MEGABYTE / 10)],
    ['open substitutions', `0 3 * * * ${'$('.repeat(MEGABYTE / 2)} # redlock-run: key=a`],
    ['open quotes', `0 3 * * * ${'"$("'.repeat(MEGABYTE / 8)} # redlock-run: key=a`],
    ['directives', `# redlock-run: ${'a '.repeat(MEGABYTE / 4)}\n@daily run`],
    ['directive comments', `${'# redlock-run: a\n'.repeat(MEGABYTE / 20)}@daily run`],
    [
      'directives on continued lines',
      `@daily run # redlock-run: ${'a \\\n'.repeat(MEGABYTE / 8)}b`,
    ],
    ['assignments', Array.from({ length: 50_000 }, (_, i) => `A${i}=b\n@daily run\n`).join('')],
    ['mistakes', '61 * * * * run\n'.repeat(MEGABYTE / 20)],
  ])('a megabyte of %s', (_, text) => {
    const started = performance.now();
    expect(printCrontab(parseCrontab(text, { system: false }).crontab) === text).toBe(true);
    // What takes quadratic time takes minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('1,000 entries in less than 50 ms', () => {
    const text = manyEntries(1_000);
    const times = Array.from({ length: 20 }, () => {
      const started = performance.now();
      parseCrontab(text, { system: false });
      return performance.now() - started;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test('an entry keeps less than 600 bytes beside its text', () => {
    v8.setFlagsFromString('--expose-gc');
    const collect: () => void = vm.runInNewContext('gc');
    const text = manyEntries(20_000);
    parseCrontab(text, { system: false });
    collect();
    const before = process.memoryUsage().heapUsed;
    const { crontab } = parseCrontab(text, { system: false });
    collect();
    const kept = process.memoryUsage().heapUsed - before;
    expect(crontab.lines).toHaveLength(20_000);
    expect(kept / 20_000).toBeLessThan(600);
  });
});
