import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPTION_LIST } from '../../../src/cli/run/options.js';
import { parseFlags } from '../../../src/cli/run/parse-flags.js';
import { optionSpelt, readPlainFlags } from '../../../src/cli/run/plain-flags.js';

const SPELLINGS = OPTION_LIST.flatMap(([, { flags }]) => flags.match(/--?[\w-]+/g) ?? []);

const word = fc.oneof(
  fc.constantFrom(...SPELLINGS),
  fc.constantFrom('a', '', '5m', '0 3 * * *', '-1', '--', '--key=a', '-ka', '-vq', '--kye', '-h'),
  fc.string({ maxLength: 6 }),
);

const byCommander = (own: readonly string[]) => {
  try {
    return parseFlags(own, true);
  } catch (error) {
    return error;
  }
};

describe('words that are plainly options', () => {
  test('are read without commander', () => {
    const own = ['--key', 'nightly', '-s', '0 3 * * *', '--winners', '3', '-v', '--shell'];
    expect(readPlainFlags(own)).toEqual(byCommander(own));
    expect(readPlainFlags([])).toEqual(byCommander([]));
  });

  test('are read as commander reads them, whatever they are', () => {
    let plain = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (own) => {
        const flags = readPlainFlags(own);
        if (flags === undefined) return;
        plain += 1;
        expect(flags).toEqual(byCommander(own));
      }),
      { numRuns: 2_000 },
    );
    expect(plain).toBeGreaterThan(50);
  });

  test('may be any of the options, in each of their spellings', () => {
    expect(SPELLINGS.length).toBeGreaterThan(OPTION_LIST.length);
    for (const spelling of SPELLINGS) {
      const [name, spec] = optionSpelt(spelling) ?? [];
      if (spec === undefined) throw new Error(`${spelling} is not known`);
      expect(spec.flags).toContain(spelling);
      const own = spec.flags.includes('<') ? [spelling, 'value'] : [spelling];
      expect([...(readPlainFlags(own) ?? [])].map(([read]) => read)).toEqual([name]);
    }
  });
});

test.each(['', '-', '--', '--ke', '--key,', '-k,', '<name>', 'key', '--key <name>', '-k, --key'])(
  '%j is no spelling of an option',
  (spelling) => {
    expect(optionSpelt(spelling)).toBeUndefined();
  },
);

test.each([
  [['--key'], 'a value that is missing'],
  [['--key', '--slot', 'a'], 'an option in place of a value'],
  [['--key', 'a', '--key', 'b'], 'an option given twice'],
  [['--key=a'], 'a value behind ='],
  [['-ka'], 'a value without a space'],
  [['-vq'], 'switches run together'],
  [['--kye', 'a'], 'a misspelt option'],
  [['--help'], 'help'],
  [['nightly'], 'an operand'],
  [[''], 'an empty word'],
])('%j is left to commander: %s', (own) => {
  expect(readPlainFlags(own)).toBeUndefined();
});
