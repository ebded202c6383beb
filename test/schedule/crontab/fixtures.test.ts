import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Line, printCrontab } from '../../../src/schedule/crontab/crontab.js';
import { isWrapped } from '../../../src/schedule/crontab/is-wrapped.js';
import { jobKeyOf } from '../../../src/schedule/crontab/job-key-of.js';
import { parseCrontab } from '../../../src/schedule/crontab/parse-crontab.js';

const FOLDER = new URL('fixtures/', import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.crontab'))
  .map((name) => name.replace(/\.crontab$/, ''));

/** What a fixture's `.json` holds of each entry. */
function summary(line: Line) {
  if (line.kind !== 'entry') return [];
  const { directives, environment, schedule, ...entry } = line;
  return [
    {
      at: `${entry.line}:${entry.column}`,
      expression: entry.expression,
      ...(entry.timezone && { timezone: entry.timezone }),
      ...(entry.user && { user: entry.user }),
      command: entry.command,
      ...(entry.stdin && { stdin: entry.stdin }),
      environment: Object.fromEntries(environment),
      directives: directives.map(
        ({ name, value, line, column }) =>
          `${line}:${column} ${name}${value === undefined ? '' : `=${value}`}`,
      ),
      key: jobKeyOf(line),
      ...(isWrapped(entry.command) && { wrapped: true }),
    },
  ];
}

test.each(NAMES)('%s is read as a person would', (name) => {
  const text = readFileSync(new URL(`${name}.crontab`, FOLDER), 'utf8');
  const { crontab, problems } = parseCrontab(text, { system: name.endsWith('.system') });
  const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  expect(problems).toEqual([]);
  expect(crontab.lines.flatMap(summary)).toEqual(expected);
  expect(printCrontab(crontab)).toBe(text);
  for (const line of crontab.lines) {
    if (line.kind !== 'entry') continue;
    const { text: whole, commandAt, rawCommand } = line;
    expect(whole.slice(commandAt).replace(/\r?\n$/, '')).toBe(rawCommand);
  }
});
