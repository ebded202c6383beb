import { describe, expect, test } from 'vitest';
import { parseCrontab } from '../../../src/schedule/crontab/parse-crontab.js';
import { hasSeconds } from '../../../src/schedule/fields.js';
import { entriesOf, entryOf, problemsOf } from './parse.js';

describe('an environment setting is what it is to cron', () => {
  test.each([
    ['A=b', 'A', 'b'],
    ['  A\t = \t b c  ', 'A', 'b c'],
    ['A="  b "', 'A', '  b'],
    ["A='b'  ", 'A', 'b'],
    ['A="it\'s"', 'A', "it's"],
    ['A="\'b\'"', 'A', 'b'],
    ['"A B" = c', 'A B', 'c'],
    ['A=b # no comment', 'A', 'b # no comment'],
    ['A=b=c', 'A', 'b=c'],
    ['A=$HOME/bin', 'A', '$HOME/bin'],
    ['A=', 'A', ''],
    ['A=""', 'A', ''],
    ['A=b%c', 'A', 'b%c'],
    ['A=b\\\nc', 'A', 'bc'],
    ['*=0 3 * * * run', '*', '0 3 * * * run'],
  ])('%j', (line, name, value) => {
    const { crontab, problems } = parseCrontab(`${line}\n`, { system: false });
    expect(problems).toEqual([]);
    expect(crontab.lines).toEqual([{ kind: 'assignment', text: `${line}\n`, name, value }]);
  });

  test('holds for the entries below it, and the last one counts', () => {
    const [first, second, third] = entriesOf(
      'A=1\nB=1\n@daily one\nA=2\n@daily two\n\nC=3\n@daily three\n',
    );
    expect(Object.fromEntries(first?.environment ?? [])).toEqual({ A: '1', B: '1' });
    expect([...(second?.environment ?? [])]).toEqual([
      ['A', '2'],
      ['B', '1'],
    ]);
    expect(third?.environment.get('A')).toBe('2');
    expect(third?.environment.get('C')).toBe('3');
    expect(third?.environment.get('D')).toBeUndefined();
  });

  test('CRON_TZ is the zone of the entries below it, until it is empty', () => {
    const zones = entriesOf(
      '@daily a\nCRON_TZ=Europe/London\n@daily b\n@daily c\nCRON_TZ="Asia/Kathmandu"\n@daily d\nCRON_TZ=\n@daily e\n',
    ).map(({ timezone }) => timezone);
    expect(zones).toEqual([
      undefined,
      'Europe/London',
      'Europe/London',
      'Asia/Kathmandu',
      undefined,
    ]);
  });
});

describe('blank lines and comments', () => {
  test.each([
    ['', []],
    ['\n', ['blank']],
    [' \t\r\n', ['blank']],
    ['  # 0 3 * * * run\n', ['comment']],
    ['# one \\\n0 3 * * * run', ['comment', 'entry']],
    ['#\n\n#', ['comment', 'blank', 'comment']],
    ['\\\n \\\n\n', ['blank']],
    ['\\', ['broken']],
    ['A=b\n', ['assignment']],
    ['nonsense', ['broken']],
  ])('%j: %j', (text, kinds) => {
    const { crontab } = parseCrontab(text, { system: false });
    expect(crontab.lines.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('a command is what cron gives to the shell, and the input what it writes to it', () => {
  test.each<[string, string, string?]>([
    ['run', 'run'],
    ['run ', 'run '],
    ['date +\\%F', 'date +%F'],
    ['cat%', 'cat'],
    ['cat%a', 'cat', 'a\n'],
    ['cat%a%%b%', 'cat', 'a\n\nb\n'],
    ['cat%50\\%', 'cat', '50%\n'],
    ['cat%a\\nb', 'cat', 'a\\nb\n'],
    ['echo a\\\\b \\n', 'echo a\\b \\n'],
    ['echo \\\\%a', 'echo \\', 'a\n'],
    ['echo \\\\\\%a', 'echo \\%a'],
    ['run # no comment', 'run # no comment'],
    ['A=b run', 'A=b run'],
    ['-q run', '-q run'],
  ])('%j', (written, command, stdin) => {
    const entry = entryOf(`0 3 * * * ${written}\n`);
    expect(entry).toMatchObject({ command, stdin, rawCommand: written, commandAt: 10 });
  });

  test('a line that ends in an odd number of backslashes continues', () => {
    expect(entryOf('0 3 \\\n* * * run \\\n  this\n').command).toBe('run   this');
    expect(entryOf('0 3 * * * run \\\\\n').command).toBe('run \\');
    expect(entryOf('0 3 * * * run \\\\\\\nthis\n').command).toBe('run \\this');
    expect(entryOf('0 3 * * * run \\').command).toBe('run \\');
  });

  test('behind the user in a crontab of the system', () => {
    const entry = entryOf('*/5 *\t* * *   www-data \t php cron.php %in\n', true);
    expect(entry).toMatchObject({
      expression: '*/5 *\t* * *',
      user: 'www-data',
      command: 'php cron.php ',
      stdin: 'in\n',
    });
    expect(entryOf('@daily root x', true)).toMatchObject({ user: 'root', command: 'x' });
  });
});

describe('five fields, or six with seconds first', () => {
  test.each([
    ['* * * * * run', '* * * * *', 'run', false],
    ['* * * * * * run', '* * * * * *', 'run', true],
    ['*/10 0 3 1 * 1-5 run', '*/10 0 3 1 * 1-5', 'run', true],
    ['30 0 3 * * mon-fri run', '30 0 3 * * mon-fri', 'run', true],
    ['30 0 3 * * SAT,sun run', '30 0 3 * * SAT,sun', 'run', true],
    ['0 0 3 * * 7 run', '0 0 3 * * 7', 'run', false],
    ['0 3 * * * sat run', '0 3 * * *', 'sat run', false],
    ['0 3 * * * 7', '0 3 * * *', '7', false],
    ['0 3 * * * 8 run', '0 3 * * *', '8 run', false],
    ['0 3 * * * 7zip run', '0 3 * * *', '7zip run', false],
    ['0 3 * * * mon-fri.sh run', '0 3 * * *', 'mon-fri.sh run', false],
    ['0 3 * * mon 1/run', '0 3 * * mon', '1/run', false],
  ])('%s', (line, expression, command, seconds) => {
    const entry = entryOf(line);
    expect(entry).toMatchObject({ expression, command });
    expect(entry.schedule !== 'reboot' && hasSeconds(entry.schedule)).toBe(seconds);
  });

  test('before a user, too', () => {
    const entry = entryOf('*/10 * * * * * root run', true);
    expect(entry).toMatchObject({ expression: '*/10 * * * * *', user: 'root', command: 'run' });
  });

  test('@reboot is no time', () => {
    expect(entryOf(' @reboot run\n')).toMatchObject({
      schedule: 'reboot',
      command: 'run',
      column: 2,
    });
  });
});

describe('directives', () => {
  const told = (text: string) =>
    entryOf(text).directives.map(({ name, value, line, column }) => [
      `${line}:${column}`,
      name,
      ...(value === undefined ? [] : [value]),
    ]);

  test('stand above the entry, anywhere between it and the one before', () => {
    expect(
      told(
        '#redlock-run: key=a\n\n# more\nA=b\n  #\tredlock-run:  timeout=1h   takeover\n@daily run\n',
      ),
    ).toEqual([
      ['1:15', 'key', 'a'],
      ['5:19', 'timeout', '1h'],
      ['5:32', 'takeover'],
    ]);
  });

  test('stand at the end of its command, and stay part of it', () => {
    const text = '0 3 * * * run "\\%" # redlock-run: key=a\\%b takeover%input # redlock-run: no\n';
    expect(told(text)).toEqual([
      ['1:35', 'key', 'a%b'],
      ['1:44', 'takeover'],
    ]);
    expect(entryOf(text).command).toBe('run "%" # redlock-run: key=a%b takeover');
  });

  test('have their place on the line where they stand', () => {
    expect(told('0 3 * * * run \\\n\\\n # redlock-run: key=a \\\r\n  takeover\n')).toEqual([
      ['3:17', 'key', 'a'],
      ['4:3', 'takeover'],
    ]);
  });

  test('hold blanks in quotes', () => {
    expect(told('# redlock-run: "retry-on=1, 75" key=\'a b\' node="c"d ""\n@daily run')).toEqual([
      ['1:16', 'retry-on', '1, 75'],
      ['1:33', 'key', 'a b'],
      ['1:43', 'node', 'cd'],
      ['1:53', ''],
    ]);
  });

  test.each([
    ['echo "# redlock-run: key=a"'],
    ["echo '# redlock-run: key=a"],
    ['echo a# redlock-run: key=a'],
    ['echo \\# redlock-run: key=a'],
    ['run # see redlock-run: key=a'],
    ['run %# redlock-run: key=a'],
  ])('there is none in %s', (command) => {
    expect(told(`0 3 * * * ${command}\n`)).toEqual([]);
  });

  test('are those of one entry', () => {
    const [first, second, third] = entriesOf(
      '@daily a\n# redlock-run: key=x\n@daily b # redlock-run: takeover\n@daily c',
    );
    expect(first?.directives).toEqual([]);
    expect(second?.directives.map(({ name }) => name)).toEqual(['key', 'takeover']);
    expect(third?.directives).toEqual([]);
  });
});

describe('what is wrong is told with its place, and with what is allowed', () => {
  test.each<[string, string]>([
    ['61 3 * * * run', '1:1 minute "61" is not allowed; give 0 to 59, .*'],
    ['0 3 * * *\t', '1:11 the command is missing behind the schedule'],
    ['0 3 * * * %input', '1:17 the command is missing behind the schedule'],
    ['@daily', '1:7 the command is missing behind the schedule'],
    ['  0  25 * * * run', '1:6 hour "25" is not allowed; .*'],
    ['0 3 * \\\n  13 * run', '2:3 month "13" is not allowed; .*'],
    ['0 3 31 2 * run', '1:5 it never comes: .*'],
    ['0 0 3 31 2 * run', '1:7 it never comes: .*'],
    ['60 0 3 1 2 * run', '1:1 second "60" is not allowed; .*'],
    ['0 0 24 * * 1-5 run', '1:5 hour "24" is not allowed; .*'],
    ['0 3 * * * *', '1:11 the command begins with \\*; .*'],
    ['@hourly * run', '1:9 the command begins with \\*; .*'],
    ['0 3 run', '1:8 the line has 3 fields; give five, minute .*, or six .*, then the command'],
    ['run', '1:4 the line has 1 field; give five, .*'],
    ['@Daily run', '1:1 "@Daily" is no schedule: besides @reboot allowed are @yearly .*'],
    ['@every_minute run', '1:1 "@every_minute" is no schedule: .*'],
    ['@ run', '1:1 "@" is no schedule: .*'],
    ['CRON_TZ = Mars/Olympus', '1:11 CRON_TZ: "Mars/Olympus" is not a time zone; give .*'],
    ['A="b', '1:3 the quote " is not closed'],
    ["A='", "1:3 the quote ' is not closed"],
    ['A="b" # c', '1:7 text after the closing quote; put quotes round all of it, or none'],
    ['=b', '1:1 a name is missing before ='],
    ['export A=b', "1:1 export is the shell's; write NAME=value alone"],
    ['A=b\0', '1:4 there is a NUL byte, which .*'],
    ['\ufeff0 3 * * * run', '1:1 begins with a byte order mark, .*; save the file without'],
    ['\ufeff# of the fleet', '1:1 begins with a byte order mark, .*'],
    ['\ufeff', '1:1 begins with a byte order mark, .*'],
    ['# redlock-run:\n@daily run', '1:1 nothing is said; write e.g. # redlock-run: key=nightly .*'],
    ['@daily run\n\n # redlock-run: key=a b', '3:17 no entry follows that this could be said of'],
    [
      '# redlock-run: a=1\n# redlock-run: a=2\n@daily run',
      '2:16 "a" was said of this entry already, in line 1',
    ],
    [
      '# redlock-run: a=1\n@daily run # redlock-run: a',
      '2:27 "a" was said of this entry already, in line 1',
    ],
  ])('%j', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(new RegExp(`^${problem}$`))]);
    expect(problemsOf(text.replace(/\n/g, '\r\n'))).toEqual(problemsOf(text));
  });

  test.each<[string, string]>([
    ['0 3 * * *', '1:10 user and command are missing behind the schedule'],
    ['0 3 * * * run', '1:14 the command is missing behind the user "run"; .* both are needed'],
    ['0 3 * * * /bin/run it', '1:11 "/bin/run" is no user; .* one stands before the command'],
    ['0 3 * * * -x it', '1:11 "-x" is no user; .*'],
  ])('in a crontab of the system: %j', (text, problem) => {
    expect(problemsOf(text, true)).toEqual([expect.stringMatching(new RegExp(`^${problem}$`))]);
  });

  test('all at once, in the order of the file; the rest is read', () => {
    const text = [
      '# redlock-run: takeover',
      '61 25 32 13 8 run',
      'CRON_TZ=Mars/Olympus',
      '@daily one',
      'A="b',
      '@weekly two # redlock-run: key=a key=b',
      '0 3 * *',
    ].join('\n');
    expect(problemsOf(text).map((problem) => problem.split(' ', 2).join(' '))).toEqual([
      '2:1 minute',
      '2:4 hour',
      '2:7 day',
      '2:10 month',
      '2:13 day',
      '3:9 CRON_TZ:',
      '5:3 the',
      '6:34 "key"',
      '7:8 the',
    ]);
    const { crontab } = parseCrontab(text, { system: false });
    const read = crontab.lines.flatMap((line) => (line.kind === 'entry' ? [line] : []));
    expect(read.map(({ command }) => command.slice(0, 3))).toEqual(['one', 'two']);
    expect(read[0]?.directives).toEqual([]);
    expect(read[0]?.timezone).toBeUndefined();
  });

  test('no value of a variable is repeated', () => {
    for (const line of ['P="hunter2', 'P="hunter2" x', 'export P=hunter2', 'P=hunter2\0']) {
      expect(problemsOf(line).join()).toMatch(/^1:\d+ (?!.*hunter2)/);
    }
  });
});
