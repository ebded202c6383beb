import { quote, usage } from '../../core/errors.js';
import type { Directive } from '../../schedule/crontab/crontab.js';
import { longFlag, OPTION_LIST, type OptionName, type OptionSpec } from '../run/options.js';

/** Groups of `run`'s options that are a job's own affair. */
const GROUPS: readonly OptionSpec<unknown>['group'][] = [
  'What',
  'When',
  'When it breaks',
  'How the job runs',
];
/** Beside those: what one job may wish otherwise than the others. */
const MORE: readonly OptionName[] = ['onRedisDown', 'redisTimeout', 'retain'];
/** What the line of a crontab says itself, and what nobody sees of a job that is not called by hand. */
export const LEFT_TO_THE_LINE: readonly OptionName[] = [
  'schedule',
  'every',
  'slot',
  'shell',
  'skipExitCode',
];

/** What a comment above an entry may say, by its name there: `kill-after`. */
const ENTRY_OPTIONS = new Map(
  OPTION_LIST.filter(
    ([name, { group }]) =>
      (GROUPS.includes(group) || MORE.includes(name)) && !LEFT_TO_THE_LINE.includes(name),
  ).map(([name, spec]) => [
    longFlag(spec).slice(2),
    { name, takesValue: spec.flags.includes('<') },
  ]),
);

/** An entry that every node runs, without a bid. */
const EVERY_NODE = 'every-node';

/**
 * What a word of such a comment stands for: `timeout=1h`, `takeover`.
 *
 * @returns the option and its text; undefined for `every-node`
 * @throws Failure `usage`
 */
export function entryOption({ name, value }: Directive): readonly [OptionName, string] | undefined {
  if (name === EVERY_NODE) {
    if (value !== undefined) throw usage(`${EVERY_NODE}: takes no value`);
    return undefined;
  }
  const option = ENTRY_OPTIONS.get(name);
  if (option === undefined) {
    const allowed = [EVERY_NODE, ...ENTRY_OPTIONS.keys()].join(', ');
    throw usage(`no option ${quote(name)}; allowed are ${allowed}`);
  }
  if (option.takesValue && (value ?? '') === '')
    throw usage(`${name}: its value is missing; write ${name}=…`);
  if (!option.takesValue && value !== undefined) throw usage(`${name}: takes no value`);
  return [option.name, value ?? 'true'];
}
