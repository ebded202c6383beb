import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { parseCrontab } from '../../schedule/crontab/parse-crontab.js';
import { brokenCrontab } from '../crontab/broken-crontab.js';
import { clashes, type KeyedEntry } from '../crontab/clashes.js';
import type { CrontabText } from '../crontab/read-crontab.js';
import { checkCall } from './check-call.js';
import { type ForAll, wrapEntry } from './wrap-entry.js';

/** A crontab of which every entry that can be is wrapped. */
export interface WrappedCrontab {
  readonly text: string;
  /** As they were. */
  readonly wrapped: readonly Entry[];
  readonly leftAlone: readonly { readonly line: number; readonly because: string }[];
}

/** What the options for all lines are tried on: a mistake in them is the caller's, and told once. */
const ANY_ENTRY = [
  ['key', ['any']],
  ['schedule', ['@daily']],
] as const;

/** @throws Failure `config` with all that is wrong in the crontab; for the options, as `run` does */
export async function wrapCrontab(
  { name, text }: CrontabText,
  system: boolean,
  forAll: ForAll,
): Promise<WrappedCrontab> {
  await checkCall(new Map([...ANY_ENTRY, ...forAll.flags]), {}, forAll.now);
  const { crontab, problems } = parseCrontab(text, { system });
  const refused: Problem[] = [...problems];
  const texts: string[] = [];
  const keyed: KeyedEntry[] = [];
  const wrapped: Entry[] = [];
  const leftAlone: { line: number; because: string }[] = [];
  for (const line of crontab.lines) {
    const wrapping = line.kind === 'entry' ? await wrapEntry(line, forAll) : undefined;
    texts.push(wrapping?.kind === 'wrapped' ? wrapping.text : line.text);
    if (line.kind !== 'entry' || wrapping === undefined) continue;
    switch (wrapping.kind) {
      case 'wrapped':
        wrapped.push(line);
        keyed.push({ key: wrapping.key, line: line.line, column: line.column });
        break;
      case 'left-alone':
        leftAlone.push({ line: line.line, because: wrapping.because });
        break;
      case 'refused':
        refused.push(...wrapping.problems);
    }
  }
  const entries = crontab.lines.filter((line) => line.kind === 'entry');
  refused.push(...clashes(keyed, entries));
  if (refused.length > 0) throw brokenCrontab(name, refused);
  return { text: texts.join(''), wrapped, leftAlone };
}
