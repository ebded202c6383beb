import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printCrontab } from '../../../src/schedule/crontab/crontab.js';
import { parseCrontab } from '../../../src/schedule/crontab/parse-crontab.js';
import { parseFields } from '../../../src/schedule/fields.js';
import { cronEntries } from '../expressions.js';
import { entriesOf } from './parse.js';

/** What crontabs are made of, in any order. */
const PIECES = [
  ...['\n', '\r\n', '\r', '\\\n', '\\\\\n', '\\\r\n', '\\', ' ', '\t', '%', '\\%', '#', '"', "'"],
  ...[
    '0',
    '*',
    '*/5',
    '3',
    'mon',
    '1-5',
    '0 3 * * * ',
    '@daily ',
    '@reboot',
    '@',
    'root ',
    '/bin/x',
  ],
  ...['A=b', 'CRON_TZ=', 'CRON_TZ=UTC', '=', 'MAILTO=""', '# redlock-run: ', 'key=a', 'takeover'],
  ...['\0', '\ufeff', '\ufffd', 'é', '😀', '\u2028', '\v'],
];
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

describe('a crontab that is read and printed', () => {
  test('is the same, whatever is in it', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, system) => {
        const { crontab } = parseCrontab(text, { system });
        expect(printCrontab(crontab)).toBe(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('has its problems at places that there are, in order, each in one line', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, system) => {
        const physical = text.split('\n');
        let last = 0;
        for (const { line, column, message } of parseCrontab(text, { system }).problems) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((physical[line - 1]?.length ?? -1) + 1);
          expect(line).toBeGreaterThanOrEqual(last);
          expect(message).not.toMatch(/\p{Cc}/u);
          last = line;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('has its commands where it says', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, system) => {
        for (const line of parseCrontab(text, { system }).crontab.lines) {
          if (line.kind !== 'entry') continue;
          const { text: whole, commandAt, rawCommand } = line;
          expect(whole.slice(commandAt, commandAt + rawCommand.length)).toBe(rawCommand);
          expect(whole.slice(commandAt + rawCommand.length)).toMatch(/^(?:\r?\n)?$/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Of six fields the last is no lone name: that is a command to cron. */
const expressions = cronEntries()
  .map(({ text }) => text)
  .filter((text) => !/^(?:\S+ ){5}[a-z]+$/i.test(text));
const blanks = fc.stringMatching(/^[ \t]{1,3}$/);
const ends = fc.constantFrom('\n', '\r\n');
/** cron takes leading blanks for its own, and the shell's text ends where the line does. */
const said = fc
  .string({ unit: fc.constantFrom(...'abc /%\\\'"#=*-é'), minLength: 1, maxLength: 20 })
  .filter((text) => !/^[ *]/.test(text) && !text.endsWith('\\'));
const inputs = fc.option(
  fc.string({ unit: fc.constantFrom(...'ab %\n'), minLength: 1, maxLength: 20 }),
  { nil: undefined },
);

interface Meant {
  readonly expression: string;
  readonly user: string | undefined;
  readonly command: string;
  readonly stdin: string | undefined;
}

/** The line that makes cron give that command to the shell, and that text to the command. */
function written({ expression, user, command, stdin }: Meant, blank: string): string {
  const forShell = command.replace(/[%\\]/g, '\\$&');
  const input = stdin?.replace(/%/g, '\\%').replace(/\n/g, '%');
  const words = [expression.replace(/ /g, blank), ...(user === undefined ? [] : [user]), forShell];
  return words.join(blank) + (input === undefined ? '' : `%${input}`);
}

describe('an entry', () => {
  test('keeps its schedule, user, command and input', () => {
    const users = fc.option(fc.constantFrom('root', 'www-data', '_apt'), { nil: undefined });
    fc.assert(
      fc.property(
        expressions,
        users,
        said,
        inputs,
        blanks,
        ends,
        (expression, user, command, stdin, blank, end) => {
          const meant = { expression, user, command: `run ${command}`, stdin };
          const line = written(meant, blank);
          const [entry] = entriesOf(`# first${end}${line}${end}`, user !== undefined);
          expect(entry).toMatchObject({ line: 2, column: 1, command: meant.command, user });
          expect(entry?.schedule).toEqual(parseFields(expression, 'x'));
          expect(entry?.expression.split(/[ \t]+/).join(' ')).toBe(expression);
          expect(entry?.stdin).toBe(stdin?.replace(/\n?$/, '\n'));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is the same on one line as on several', () => {
    const line = "0 3 * * mon,tue run --day 'today' %one%two # redlock-run: key=x";
    const [whole] = entriesOf(`${line}\n`);
    for (let at = 0; at <= line.length; at++) {
      for (const end of ['\n', '\r\n']) {
        const [entry] = entriesOf(`${line.slice(0, at)}\\${end}${line.slice(at)}\n`);
        const { text, rawCommand, commandAt, line: first, column, ...rest } = entry ?? {};
        expect(whole).toMatchObject(rest);
      }
    }
  });
});
