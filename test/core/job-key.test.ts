import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { checkJobKey } from '../../src/core/job-key.js';

describe('the name of a job', () => {
  test.each([
    'nightly',
    'a',
    'backup db:main',
    '{x}',
    '*?[a]',
    '../../etc/passwd',
    'día-größe-日本語',
    '🚀',
    '100%',
    '"\'`$(x)',
    'x'.repeat(200),
    'ü'.repeat(100),
    'run',
    'a--b',
  ])('may be %s', (key) => expect(checkJobKey(key, '--key')).toBe(key));

  test.each([
    ['', 'is empty'],
    ['x'.repeat(201), 'is too long'],
    ['ü'.repeat(101), 'is too long'],
    ['a\nb', 'holds a line break'],
    ['a\tb', 'holds a line break or another control character'],
    ['a\u0000', 'control character'],
    ['a\u0085', 'control character'],
    ['a\u2028b', 'holds a line break'],
    ['\u001b[31m', 'control character'],
    ['a\ud800', 'is not valid UTF-8'],
    ['a\ufffd', 'is not valid UTF-8'],
    ['a\u200bb', 'holds an invisible character'],
    ['a\u202eb', 'holds an invisible character'],
    ['\ufeffa', 'holds an invisible character'],
    ['a\u3164b', 'holds an invisible character'],
    ['a\ufe0f', 'holds an invisible character'],
    ['a\u00a0b', 'holds a space that is not the plain one'],
    [' a', 'begins or ends with a space'],
    ['a ', 'begins or ends with a space'],
    [' ', 'begins or ends with a space'],
    ['--', 'looks like an option'],
    ['--schedule', 'looks like an option'],
  ])('is not %j: it %s', (key, problem) => {
    let refused: unknown;
    try {
      checkJobKey(key, '--key');
    } catch (error) {
      refused = error;
    }
    if (!(refused instanceof Failure)) throw new Error('it was not refused');
    expect(refused.kind).toBe('usage');
    expect(refused.message).toContain(problem);
    expect(refused.message).toMatch(/^--key: .*; allowed are 1 to 200 bytes of printable text$/s);
  });

  test('is the same however its letters were typed', () => {
    expect(checkJobKey('cafe\u0301', '--key')).toBe(checkJobKey('caf\u00e9', '--key'));
  });

  test('that is taken can be read on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (key) => {
        try {
          const taken = checkJobKey(key, '--key');
          expect(taken).toMatch(/^(?!-)[^\p{C}\p{Zl}\p{Zp}]+$|\p{Cn}|\p{Co}/u);
          expect(checkJobKey(taken, '--key')).toBe(taken);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
