import { describe, expect, test } from 'vitest';
import { quote } from '../../src/core/errors.js';

describe('a quoted value stays on one line and shows what is in it:', () => {
  test.each([
    ['plain', '"plain"'],
    ['two\nlines', '"two\\nlines"'],
    ['\u001b[31m', '"\\u001b[31m"'],
    ['\u009b31m', '"\\u009b31m"'],
    ['\u007f', '"\\u007f"'],
    ['a\u2028b', '"a\\u2028b"'],
    ['\u202eevil', '"\\u202eevil"'],
    ['Zürich', '"Zürich"'],
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
  ])('%j', (value, shown) => {
    expect(quote(value)).toBe(shown);
  });
});
