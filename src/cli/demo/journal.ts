/** What the jobs themselves wrote down, line by line, in a file that they append to. */
export interface JournalEntry {
  readonly what: 'start' | 'end';
  readonly slot: string;
  readonly node: string;
  readonly fence: number;
}

export interface Findings {
  readonly slots: number;
  readonly runs: number;
  /** Runs beyond the first of a slot. */
  readonly duplicates: number;
  /** Slots that nobody ran. */
  readonly missing: readonly string[];
  /** True when each run, in the order of the journal, had a greater fence than the one before. */
  readonly fencesRise: boolean;
}

/**
 * The command of every job: one line when it starts, one when it ends, each in one append (O_APPEND),
 * so that no two jobs can write over each other whatever Redis told them.
 *
 * It also says on its own stdout that it runs, and under which process id.
 */
export const JOB_SCRIPT = [
  'run="$REDLOCK_RUN_SLOT $REDLOCK_RUN_NODE $REDLOCK_RUN_FENCE"',
  'echo "start $run" >>"$DEMO_JOURNAL"',
  'echo "job $$"',
  'sleep 0.4',
  'echo "end $run" >>"$DEMO_JOURNAL"',
].join('; ');

/** Reads the journal; a line cut short by a killed job is left out. */
export function readJournal(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(start|end) (\S+) (\S+) (\d+)$/.exec(line);
    if (match === null) return [];
    const [, what, slot = '', node = '', fence] = match;
    return [{ what: what === 'end' ? 'end' : 'start', slot, node, fence: Number(fence) }];
  });
}

/** Checks the promise against what really ran; Redis is not asked. */
export function checkJournal(
  journal: readonly JournalEntry[],
  expected: Iterable<string>,
): Findings {
  const starts = journal.filter(({ what }) => what === 'start');
  const ran = new Set(starts.map(({ slot }) => slot));
  const slots = new Set([...expected, ...ran]);
  return {
    slots: slots.size,
    runs: starts.length,
    duplicates: starts.length - ran.size,
    missing: [...slots].filter((slot) => !ran.has(slot)),
    fencesRise: starts.every(({ fence }, i) => i === 0 || fence > (starts[i - 1]?.fence ?? 0)),
  };
}

/** True when exactly one node ran each slot, and no fence was given twice or fell. */
export function isKept({ duplicates, missing, fencesRise }: Findings): boolean {
  return duplicates === 0 && missing.length === 0 && fencesRise;
}

/** `5 slots, 5 runs, 0 duplicates`, and what else is to be said. */
export function verdict(findings: Findings): string {
  const { slots, runs, duplicates, missing, fencesRise } = findings;
  return [
    [count(slots, 'slot'), count(runs, 'run'), count(duplicates, 'duplicate')].join(', '),
    ...(missing.length > 0 ? [`nobody ran ${missing.join(' ')}`] : []),
    ...(fencesRise ? [] : ['a fence did not rise']),
  ].join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
