import type { Entry, Line, Problem } from '../../schedule/crontab/crontab.js';
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
  /** What is doubtful though it was done, each thing once, with the first line that it is said of. */
  readonly doubts: readonly Doubt[];
}

export interface Doubt {
  readonly line: number;
  readonly warning: string;
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
  const entries = crontab.lines.filter((line) => line.kind === 'entry');
  const refused: Problem[] = [...problems];
  const texts = new Map<Line, string>();
  const keyed: KeyedEntry[] = [];
  const leftAlone: { line: number; because: string }[] = [];
  const doubts = new Map<string, Doubt>();
  for (const entry of entries) {
    const { line, column } = entry;
    const wrapping = await wrapEntry(entry, forAll);
    if (wrapping.kind === 'refused') {
      refused.push(...wrapping.problems);
      continue;
    }
    const { warning } = wrapping;
    if (warning !== undefined && !doubts.has(warning)) doubts.set(warning, { line, warning });
    if (wrapping.kind === 'left-alone') {
      leftAlone.push({ line, because: wrapping.because });
    } else {
      texts.set(entry, wrapping.text);
      keyed.push({ key: wrapping.key, line, column });
    }
  }
  refused.push(...clashes(keyed, entries));
  if (refused.length > 0) throw brokenCrontab(name, refused);
  return {
    text: crontab.lines.map((line) => texts.get(line) ?? line.text).join(''),
    wrapped: entries.filter((entry) => texts.has(entry)),
    leftAlone,
    doubts: [...doubts.values()],
  };
}
