import { OPTION_LIST, type OptionName } from './options.js';

/** What was written on the command line, unread: each value as text, a switch as `true`. */
export type Flags = ReadonlyMap<OptionName, readonly string[]>;

/** The option that is spelt so, `-k` or `--key`, and in no other way. */
export function optionSpelt(word: string): (typeof OPTION_LIST)[number] | undefined {
  if (!word.startsWith('-') || word.includes(' ') || word.includes(',')) return undefined;
  const [alone, before, after, last] = [`${word} `, `${word}, `, ` ${word} `, ` ${word}`];
  return OPTION_LIST.find(
    ([, { flags }]) =>
      flags === word ||
      flags.startsWith(alone) ||
      flags.startsWith(before) ||
      flags.includes(after) ||
      flags.endsWith(last),
  );
}

/**
 * Reads the words before `--` where each is plainly an option or its value, as in a crontab; that
 * spares the start of every node commander, which reads all else (parse-flags.ts) and means the same.
 *
 * @returns undefined where there is anything to explain, abbreviate or ask for
 */
export function readPlainFlags(own: readonly string[]): Flags | undefined {
  const flags = new Map<OptionName, readonly string[]>();
  for (let at = 0; at < own.length; at++) {
    const [name, spec] = optionSpelt(own[at] ?? '') ?? [];
    if (name === undefined || spec === undefined) return undefined;
    if (!spec.flags.includes('<')) {
      flags.set(name, ['true']);
      continue;
    }
    at += 1;
    const value = own[at];
    if (value === undefined || value.startsWith('-')) return undefined;
    const earlier = flags.get(name) ?? [];
    if (earlier.length > 0 && !spec.repeatable) return undefined;
    flags.set(name, [...earlier, value]);
  }
  return flags;
}
