import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfCharacters } from '../../../src/process/lines/characters.js';

test('a text that is cut anywhere ends with a whole character, and the most of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (text, at) => {
      const whole = Buffer.from(text);
      const cut = whole.subarray(0, 1 + (at % whole.length));
      const end = endOfCharacters(cut);
      // The first character is never left out: something has to go on.
      if (end === cut.length && cut.length < 4) return;
      expect(cut.toString('utf8', 0, end)).not.toContain('\ufffd');
      expect(cut.length - end).toBeLessThan(4);
      expect(whole.toString('utf8').startsWith(cut.toString('utf8', 0, end))).toBe(true);
    }),
  );
});

test.each([
  ['nothing', [], 0],
  ['whole characters', [0x61, 0xc3, 0xa4], 3],
  ['one of two bytes', [0x61, 0xc3], 1],
  ['two of four bytes', [0x61, 0xf0, 0x9f], 1],
  ['three of four bytes', [0x61, 0xf0, 0x9f, 0x98], 1],
  ['bytes that begin nothing', [0x80, 0x80, 0x80, 0x80, 0x80], 5],
  ['a first character, though it is not whole', [0xf0, 0x9f], 2],
])('%s', (_, bytes, end) => {
  expect(endOfCharacters(Uint8Array.from(bytes))).toBe(end);
});
