import type { Entry } from '../../../src/schedule/crontab/crontab.js';
import { parseCrontab } from '../../../src/schedule/crontab/parse-crontab.js';

/** The entries of a crontab without mistakes. */
export function entriesOf(text: string, system = false): readonly Entry[] {
  const { crontab, problems } = parseCrontab(text, { system });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return crontab.lines.filter((line) => line.kind === 'entry');
}

/** The only entry of a crontab without mistakes. */
export function entryOf(text: string, system = false): Entry {
  const [entry, ...more] = entriesOf(text, system);
  if (entry === undefined || more.length > 0) throw new Error('there is not one entry');
  return entry;
}

/** `3:1 message`, as they are told. */
export function problemsOf(text: string, system = false): readonly string[] {
  const { problems } = parseCrontab(text, { system });
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}
