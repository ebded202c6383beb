import { Failure } from '../../core/errors.js';
import type { Directive, Problem } from '../../schedule/crontab/crontab.js';
import { OPTIONS, type OptionName } from '../run/options.js';
import type { Flags } from '../run/plain-flags.js';
import { entryOption } from './entry-options.js';

/** What the comments of an entry ask for. */
export interface EntryWishes {
  /** Options of `run`, for this entry. */
  readonly flags: Flags;
  /** Every node is to run it: it is no job of the fleet. */
  readonly isEveryNodes: boolean;
}

/** Reads and checks each directive of an entry; what is wrong with one is said where it stands. */
export function entryWishes(
  directives: readonly Directive[],
): EntryWishes | { readonly problems: readonly Problem[] } {
  const flags = new Map<OptionName, readonly string[]>();
  const problems: Problem[] = [];
  let isEveryNodes = false;
  for (const directive of directives) {
    try {
      const option = entryOption(directive);
      if (option === undefined) {
        isEveryNodes = true;
        continue;
      }
      const [name, text] = option;
      OPTIONS[name].read(text, directive.name);
      flags.set(name, [text]);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { line, column } = directive;
      problems.push({ line, column, message: error.message });
    }
  }
  return problems.length > 0 ? { problems } : { flags, isEveryNodes };
}
