import { quote } from '../../core/errors.js';
import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { ownBids } from './own-bids.js';

/** An entry under the key that it has been given. */
export interface KeyedEntry {
  readonly key: string;
  readonly line: number;
  readonly column?: number;
}

interface Named extends KeyedEntry {
  /** Of a wrapped entry's own bid: what it is for. */
  readonly job?: string;
}

/**
 * Entries that have the key of one above: no node could tell their slots apart, and only one of the two
 * would run. Wrapped entries with one command may share a key on purpose: a second line for the same slots,
 * `@reboot` or later, which runs what the first has missed, or a second schedule of the job.
 *
 * @param keyed those that have been given a key
 * @param written all entries of the crontab; of the wrapped ones the keys are found here
 */
export function clashes(keyed: Iterable<KeyedEntry>, written: Iterable<Entry>): readonly Problem[] {
  const first = new Map<string, Named>();
  const problems = new Map<number, Problem>();
  for (const named of allNames(keyed, written)) {
    const { key, line, column = 1, job } = named;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, named);
      continue;
    }
    const isShared = job !== undefined && job === earlier.job;
    if (isShared || line === earlier.line || problems.has(line)) continue;
    const mend =
      job === undefined
        ? 'write another above this line: # redlock-run: key=NAME'
        : 'give the redlock-run of this line another, or the same command';
    const message = `the key ${quote(key)} is that of line ${earlier.line} already; ${mend}`;
    problems.set(line, { line, column, message });
  }
  return [...problems.values()];
}

/** In the order of the file; what a wrapped entry says itself comes before what it was given. */
function allNames(keyed: Iterable<KeyedEntry>, written: Iterable<Entry>): readonly Named[] {
  const own = [...written].flatMap((entry) =>
    ownBids(entry).map(({ key, job }) => ({ key, job, line: entry.line, column: entry.column })),
  );
  return [...own, ...keyed].sort((one, other) => one.line - other.line);
}
