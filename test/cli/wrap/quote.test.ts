import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteCommand, quoteWord } from '../../../src/cli/wrap/quote.js';
import { failOnLeaks } from '../../support/leaks.js';
import { CRONS } from './cron-command.js';

failOnLeaks();

const HAZARDS = ["'", '"', '\\', '%', '$', '#', ' ', '\t', '`', '!', '~', '=', 'a', 'ü', '\r'];
const text = (options: { minLength?: number } = {}) =>
  fc.string({ unit: fc.constantFrom(...HAZARDS), maxLength: 12, ...options });

/** The words that a real shell makes of a line. */
function wordsOf(line: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `printf '%s\\n' ${line}`]);
  expect(status, `${line}\n${stderr}`).toBe(0);
  return stdout.toString('utf8').split('\n').slice(0, -1);
}

describe('a quoted word', () => {
  test.each([
    ['plain', 'plain'],
    ['rediss://jobs@cache:6379/0', 'rediss://jobs@cache:6379/0'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['a%20b', 'a\\%20b'],
    ['A=1', "'A=1'"],
  ])('%j is written %s', (word, written) => {
    expect(quoteWord(word)).toBe(written);
  });

  test.each(CRONS)('is itself again after $name cron and sh', ({ split }) => {
    fc.assert(
      fc.property(text(), text(), (one, other) => {
        const { command, stdin } = split(`${quoteWord(one)} ${quoteWord(other)}`);
        expect(stdin).toBeUndefined();
        expect(wordsOf(command)).toEqual([one, other]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a quoted command', () => {
  test.each(CRONS)('is for sh the word that $name cron made of the command', ({ split }) => {
    fc.assert(
      fc.property(text({ minLength: 1 }), (written) => {
        fc.pre(split(written).stdin === undefined);
        const quoted = split(quoteCommand(written));
        expect(quoted.stdin).toBeUndefined();
        expect(wordsOf(quoted.command)).toEqual([split(written).command]);
      }),
      { numRuns: 150 },
    );
  });
});
