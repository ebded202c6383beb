import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, LONGEST_DURATION, parseDuration } from '../../src/core/duration.js';
import { Failure } from '../../src/core/errors.js';

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['1m1ms', 60_001],
    ['0h5m', 300_000],
    ['007s', 7_000],
    ['366d', LONGEST_DURATION],
  ])('%s is read', (text, ms) => expect(parseDuration(text, '--lease')).toBe(ms));

  test.each([
    '',
    ' ',
    '5',
    '5.5s',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5s ',
    '5s\n',
    '5S',
    '5M',
    '5min',
    '1e3s',
    '0x10s',
    's',
    'm5',
    '30m1h',
    '5s5s',
    '1w',
    '1y',
    '٥s',
    '--',
    '5s; rm',
  ])('%j is none', (text) => {
    expect(() => parseDuration(text, '--lease')).toThrow(
      /^--lease: ".*" is not a duration; write 90s, 5m, 1h30m or 250ms$/,
    );
  });

  test.each(['0s', '0ms', '0d0h', '367d', '999999999d', `${'9'.repeat(400)}ms`])(
    '%.20s is out of range',
    (text) => {
      expect(() => parseDuration(text, '--lease')).toThrow(
        /is out of range; allowed is 1ms to 366d$/,
      );
    },
  );

  test('keeps to the limits of its option', () => {
    const limits = { min: 1_000, max: 60_000 };
    expect(parseDuration('1s', '--x', limits)).toBe(1_000);
    expect(parseDuration('1m', '--x', limits)).toBe(60_000);
    expect(() => parseDuration('999ms', '--x', limits)).toThrow(/allowed is 1s to 1m/);
    expect(() => parseDuration('1m1ms', '--x', limits)).toThrow(/allowed is 1s to 1m/);
    expect(parseDuration('0s', '--x', { min: 0 })).toBe(0);
  });

  test('that is refused is a matter of usage', () => {
    expect(() => parseDuration('5', '--x')).toThrow(expect.objectContaining({ kind: 'usage' }));
    expect(() => parseDuration('5', '--x')).toThrow(Failure);
  });

  test('is written as it is read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_DURATION }), (ms) => {
        expect(parseDuration(formatDuration(ms), '--x', { min: 0 })).toBe(ms);
      }),
    );
    expect(formatDuration(0)).toBe('0s');
    expect(formatDuration(1_500.7)).toBe('1s500ms');
  });
});
