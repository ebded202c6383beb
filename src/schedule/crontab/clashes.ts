import { quote } from '../../core/errors.js';
import type { Problem } from './crontab.js';

/** An entry under the key that it has been given. */
export interface KeyedEntry {
  readonly key: string;
  readonly line: number;
  readonly column?: number;
}

/** Entries that have the key of one above: no node could tell their slots apart. */
export function clashes(entries: Iterable<KeyedEntry>): readonly Problem[] {
  const lines = new Map<string, number>();
  const problems: Problem[] = [];
  for (const { key, line, column = 1 } of entries) {
    const earlier = lines.get(key);
    if (earlier === undefined) {
      lines.set(key, line);
      continue;
    }
    const message =
      `the key ${quote(key)} is that of line ${earlier} already; ` +
      'write another above this line: # redlock-run: key=NAME';
    problems.push({ line, column, message });
  }
  return problems;
}
