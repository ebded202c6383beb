import { slotId } from '../../core/slot.js';
import type { DaemonEntry } from './entry.js';
import { howMany } from './words.js';

/** What `--check` says of a crontab without a problem: a row per entry. */
export function renderCheck(file: string, entries: readonly DaemonEntry[], now: number): string {
  const rows = entries.map((entry) => [
    `line ${entry.line}`,
    entry.key,
    entry.times?.expression.replaceAll('\t', ' ') ?? '@reboot',
    nextRun(entry, now),
    WHERE[entry.runs],
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return [`${file}: ${howMany(entries)}, no problem`, ...lines.map((line) => `  ${line}`), ''].join(
    '\n',
  );
}

const WHERE: Readonly<Record<DaemonEntry['runs'], string>> = {
  once: 'on one node',
  shadow: 'on every node; it bids for the record alone',
  'every-node': 'on every node',
  wrapped: 'on every node; it bids by itself, with options of its own',
};

function nextRun({ times }: DaemonEntry, now: number): string {
  if (times === undefined) return 'at the start';
  const next = times.schedule.after(now);
  return next === undefined ? 'never again' : slotId(next);
}
