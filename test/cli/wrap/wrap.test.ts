import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BIN, type CliOptions, cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

let folder: string;
/** Found by cron, as far as PATH says so. */
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrap-'));
  symlinkSync(BIN, join(folder, 'redlock-run'));
  symlinkSync(process.execPath, join(folder, 'node'));
  path = `PATH=${folder}:/usr/bin:/bin\n`;
});
afterEach(() => rmSync(folder, { recursive: true }));

const wrap = (args: readonly string[], options: CliOptions = {}) =>
  cli(['wrap', ...args], { cwd: folder, ...options });

/** Wraps what it reads, and prints the whole of it. */
const whole = (stdin: string, ...args: readonly string[]) =>
  wrap(['-', '--write', '-', ...args], { stdin });

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('redlock-run wrap', () => {
  test('shows what becomes of each entry as a diff, and what is left alone', async () => {
    const tab = `# of the fleet
${path}
17 *	* * *	cd / && run-parts --report /etc/cron.hourly
# redlock-run: key=nightly timeout=1h takeover
0 3 * * *  /opt/app/nightly --day "$(date +\\%F)"
@reboot  /opt/warm
# redlock-run: every-node
*/5 * * * *  find /tmp -mtime +7 -delete
30 4 * * 1-5  mail -s 'it is done' ops%Hello%World
0 0 * * *  redlock-run --key a -- true
`;
    const { code, stdout, stderr } = await wrap([write('tab', tab), '-r', 'rediss://cache:6379']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `redlock-run: line 7: @reboot: runs on every node; left alone
redlock-run: line 9: every-node: runs on every node; left alone
redlock-run: line 11: calls redlock-run already; left alone
`,
    });
    const call = (words: string) => `redlock-run ${words} --redis rediss://cache:6379 --shell --`;
    expect(stdout.replace(/-[0-9a-f]{12} /g, '-… ')).toBe(
      `--- tab
+++ tab
@@ -1,11 +1,11 @@
 # of the fleet
 ${path.trim()}
 
-17 *	* * *	cd / && run-parts --report /etc/cron.hourly
+17 *	* * *	${call("--key run-parts-… --schedule '17 * * * *'")} 'cd / && run-parts --report /etc/cron.hourly'
 # redlock-run: key=nightly timeout=1h takeover
-0 3 * * *  /opt/app/nightly --day "$(date +\\%F)"
+0 3 * * *  ${call("--key nightly --schedule '0 3 * * *' --takeover --timeout 1h")} '/opt/app/nightly --day "$(date +\\%F)"'
 @reboot  /opt/warm
 # redlock-run: every-node
 */5 * * * *  find /tmp -mtime +7 -delete
-30 4 * * 1-5  mail -s 'it is done' ops%Hello%World
+30 4 * * 1-5  ${call("--key mail-… --schedule '30 4 * * 1-5'")} 'mail -s '\\''it is done'\\'' ops'%Hello%World
 0 0 * * *  redlock-run --key a -- true
`.replace('-1,13 +1,13', '-1,11 +1,11'),
    );
  });

  test.each([
    ['with LF', '\n', '\n'],
    ['with CRLF', '\r\n', '\r\n'],
    ['without an end of the last line', '\n', ''],
  ])('prints a diff of lines %s that patch makes the written file of', async (_, end, last) => {
    const lines = ['# one', path.trim(), '0 3 * * *  /opt/nightly', '', '# end', '@daily /opt/day'];
    write('tab', lines.join(end) + last);
    expect(await wrap(['tab', '--write', 'new'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: last === '' ? expect.stringContaining('line 6: does not end with a newline') : '',
    });
    const { stdout } = await wrap(['tab']);
    const patch = spawnSync('patch', ['-p0', '-s'], { cwd: folder, input: stdout });
    expect(`${patch.stdout}${patch.stderr}`).toBe('');
    expect(read('tab')).toBe(read('new'));
    expect(read('new').replace(/redlock-run .* -- '(.*)'/g, '$1')).toBe(lines.join(end) + last);
  });

  test('reads stdin, and writes stdout', async () => {
    const { code, stdout, stderr } = await whole(`${path}@daily a\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^PATH=.*\n@daily redlock-run --key a-\w+ --schedule @daily --shell -- 'a'\n$/,
    );
    expect((await whole('')).stdout).toBe('');
  });

  test('keeps the user of a crontab of the system before the call', async () => {
    const { stdout } = await whole(`${path}0 3 * * *  root  a b\n`, '--system');
    expect(stdout).toMatch(/^0 3 \* \* \* {2}root {2}redlock-run --key .* -- 'a b'$/m);
  });

  test('quotes options as cron and a shell read them, and puts them into every line', async () => {
    const url = 'redis://me@cache:6379/0';
    const { stdout } = await whole(
      `${path}@daily a\n@weekly b\n`,
      ...[
        '-r',
        url,
        '--lease=1m',
        '--takeover',
        '--on-redis-down=run',
        '--local-record',
        "it's 100%",
      ],
    );
    const record = "--on-redis-down run --local-record 'it'\\''s 100'\\%";
    const call = `--lease 1m --takeover --redis ${url} ${record} --shell -- `;
    expect(stdout.split('\n').filter((line) => line.includes(call))).toHaveLength(2);
  });

  test('goes by the shell and the zone in effect', async () => {
    const { stdout, stderr } = await whole(
      `${path}@daily a\nSHELL=/bin/bash\nCRON_TZ=Europe/London\n@daily b\nSHELL=/usr/bin/fish\n@daily c\n`,
    );
    expect(stdout).toMatch(/^@daily redlock-run --key \S+ --schedule @daily --shell -- 'a'$/m);
    expect(stdout).toMatch(/@daily --timezone Europe\/London -- \/bin\/bash -c 'b'$/m);
    expect(stdout).toMatch(/^@daily c$/m);
    expect(stderr).toContain(
      'redlock-run: line 7: SHELL="/usr/bin/fish" does not read quotes as sh does; left alone\n',
    );
  });

  test('lets the comment of an entry win over what all lines get', async () => {
    const { stdout } = await whole(
      `${path}CRON_TZ=Europe/London\n# redlock-run: lease=2m timezone=UTC\n@daily a\n@daily b\n`,
      ...['--lease', '1m', '--timezone', 'Asia/Tokyo'],
    );
    expect(stdout).toMatch(/--timezone UTC --lease 2m --shell -- 'a'$/m);
    expect(stdout).toMatch(/--timezone Europe\/London --lease 1m --shell -- 'b'$/m);
  });

  test.each([
    ['has seconds', '*/10 * * * * *  a\n', /line 2: has seconds, which cron does not know/],
    ['continues', '@daily  a \\\n b\n', /line 2: continues on the next line, which cron does not/],
    ['continues before its command', '@daily \\\n  a\n', /line 2: continues on the next line/],
    [
      'is too long',
      `@daily  ${'x'.repeat(950)}\n`,
      /line 2: wrapped .* 10\d\d bytes, and cron takes 998/,
    ],
    [
      'is there already',
      '@daily  A=1 nice redlock-run --key a -- b\n',
      /line 2: calls redlock-run/,
    ],
  ])('leaves a line alone that %s', async (_, line, because) => {
    const { code, stdout, stderr } = await whole(path + line);
    expect(stdout).toBe(path + line);
    expect(stderr).toMatch(because);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(code).toBe(0);
  });

  test('wraps up to the last byte that crontab(1) takes', async () => {
    const tab = (command: string) => `# redlock-run: key=a\n0 3 * * * ${command}\n`;
    const commandOf = (text: string) => text.split('0 3 * * * ').slice(1).join('').trimEnd();
    const added = commandOf((await whole(tab('x'), '-q')).stdout).length - 1;
    const longest = 'ü'.padEnd(998 - added - 1, 'x');

    const { stdout } = await whole(tab(longest), '-q');
    expect(stdout).toContain('redlock-run --key a');
    expect(crontabTakes(write('fits', stdout))).toBe(true);
    expect(crontabTakes(write('longer', stdout.replace('--shell', '--shell ')))).toBe(false);
    expect((await whole(tab(`${longest}x`), '-q')).stdout).toBe(tab(`${longest}x`));
  });

  test('says nothing more with -q, and counts with -v and in a terminal', async () => {
    const tab = `${path}@daily a\n@reboot b\n`;
    expect((await whole(tab, '-q')).stderr).toBe('');
    expect((await whole(tab, '-v')).stderr).toMatch(
      /left alone\n.*: 1 line wrapped, 1 left alone\n$/,
    );
    write('done', (await whole(tab, '-q')).stdout);
    const { stdout } = await wrap(['done'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/redlock-run: nothing to wrap, 2 left alone\r\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  test('colours the diff for a terminal alone', async () => {
    write('tab', `${path}@daily a\n`);
    const { stdout } = await wrap(['tab'], { terminal: true });
    expect(stdout).toContain('\u001b[31m-@daily a\u001b[39m');
    expect(stdout).toContain('\u001b[32m+@daily redlock-run');
    const plain = await wrap(['tab'], { terminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b');
  });

  test('warns where cron would not find what the lines call', async () => {
    const { stderr } = await whole(
      `@daily a\n@daily b\nPATH=/nowhere\n@daily c\n${path}@daily d\n`,
    );
    expect(stderr).toMatch(/line 1: cron would not find .*PATH, which is \/usr\/bin:\/bin there/);
    expect(stderr).toMatch(/line 4: cron would not find .*PATH, which is \/nowhere there/);
    expect(stderr.split('\n')).toHaveLength(3);
  });

  test('calls a program by its path, and asks whether cron would find its interpreter', async () => {
    const program = join(folder, 'redlock-run');
    const found = await whole(`${path}@daily a\n`, '--program', program);
    expect(found.stderr).toBe('');
    expect(found.stdout).toContain(`@daily ${program} --key`);
    const lost = await whole('PATH=/nowhere\n@daily a\n', '--program', program);
    expect(lost.stderr).toMatch(/its first line asks for "node": not found in PATH/);
  });
});

describe('a crontab with a zone of its own', () => {
  const inBerlin = (stdin: string, ...args: readonly string[]) =>
    wrap(['-', '--write', '-', ...args], { stdin: path + stdin, env: { TZ: 'Europe/Berlin' } });

  test.each([
    ['TZ=America/New_York', 'Europe/Berlin'],
    ['TZ=', 'Europe/Berlin'],
    ['CRON_TZ=Asia/Tokyo\nTZ=America/New_York', 'Asia/Tokyo'],
  ])('names its slots as cron fires: %s', async (settings, zone) => {
    const { code, stdout } = await inBerlin(`${settings}\n* 3-5 * * *  a\n`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`--schedule '\\* 3-5 \\* \\* \\*' --timezone ${zone} --shell`),
    );
  });

  test('has the slots that the daemon has', async () => {
    const tab = 'TZ=America/New_York\n0 3 * * *  a\n';
    const { stdout: wrapped } = await inBerlin(tab);
    const [, zone = ''] = /--timezone (\S+)/.exec(wrapped) ?? [];
    const env = { TZ: 'Europe/Berlin' };
    const asked = ['slots', '0 3 * * *', '--timezone', zone, '-n', '1', '--json'];
    const [slots, checked] = await Promise.all([
      cli(asked, { env }),
      cli(['daemon', '-', '--check'], { env, stdin: tab }),
    ]);
    const [next = ''] = /\S+T\S+Z/.exec(checked.stdout) ?? [];
    expect(next).not.toBe('');
    expect(slots.stdout).toContain(next);
  });

  test('is told of TZ once for each, and that the nodes may have another zone', async () => {
    const { stderr } = await inBerlin(
      'TZ=America/New_York\n@daily a\n@weekly b\nTZ=Asia/Tokyo\n@daily c\nTZ=Europe/Berlin\n@daily d\n',
    );
    const about = (line: number, zone: string) =>
      `redlock-run: line ${line}: TZ="${zone}" is for the job alone, cron fires in the zone of its node: so ` +
      '--timezone was written with the zone here, Europe/Berlin by TZ of this shell; where the nodes have ' +
      'another, give wrap --timezone ZONE\n';
    expect(stderr).toBe(about(3, 'America/New_York') + about(6, 'Asia/Tokyo'));
  });

  test('is not told of TZ where the zone is said', async () => {
    const tab = 'TZ=America/New_York\n# redlock-run: timezone=UTC\n@daily a\n@daily b\n';
    const { stdout, stderr } = await inBerlin(tab, '--timezone', 'Asia/Tokyo');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/--timezone UTC --shell -- 'a'$/m);
    expect(stdout).toMatch(/--timezone Asia\/Tokyo --shell -- 'b'$/m);
  });

  test('is told which crons do not fire by CRON_TZ', async () => {
    const { stderr } = await inBerlin(
      'CRON_TZ=Asia/Tokyo\n@daily a\n@daily b\nCRON_TZ=Europe/Berlin\n@daily c\n',
    );
    expect(stderr).toMatch(
      /^redlock-run: line 3: only cronie fires by CRON_TZ="Asia\/Tokyo": .*\n$/,
    );
  });

  test('is told of a line that was wrapped without --timezone', async () => {
    const call = (options: string) => `0 3 * * * redlock-run -k a -s '0 3 * * *' ${options} -- b\n`;
    const { stderr } = await inBerlin(
      `TZ=Asia/Tokyo\n${call('')}${call('--timezone=UTC --key b').replace('-k a', '')}`,
    );
    expect(stderr).toContain('line 3: its --schedule is read in TZ="Asia/Tokyo", but cron fires');
    expect(stderr.match(/its --schedule/g)).toHaveLength(1);
  });

  test('is left alone where the zone of cron has no name', async () => {
    const tab = 'TZ=Asia/Tokyo\n@daily a\n';
    const { stdout, stderr } = await wrap(['-', '--write', '-'], {
      stdin: tab,
      env: { TZ: 'XYZ3' },
    });
    expect(stdout).toBe(tab);
    expect(stderr).toMatch(/line 2: TZ above it .* has no IANA name; give --timezone ZONE; left/);
  });
});

test('a command that names redlock-run in another way is wrapped with a warning', async () => {
  const { stdout, stderr } = await whole(
    `${path}@daily /opt/redlock-run/job\n@daily a # redlock-run: timeout=1h\n`,
  );
  expect(stdout.match(/ --shell -- /g)).toHaveLength(2);
  expect(stderr).toMatch(/^redlock-run: line 2: its command names redlock-run; .*every-node.*\n$/);
});

test('a crontab of 10,000 entries, each with variables of its own, is wrapped in seconds', async () => {
  const entry = (_: unknown, i: number) => `A${i}=b\nSHELL=/bin/sh\n0 3 * * * run ${i}\n`;
  const tab = path + Array.from({ length: 10_000 }, entry).join('');
  // What takes quadratic time took 40 s.
  const { code } = await wrap(['-', '--write', 'new', '-q'], { stdin: tab, within: 25_000 });
  expect(code).toBe(0);
});

describe('the new file', () => {
  test('has the permissions of the old one, and is private where there is none', async () => {
    chmodSync(join(folder, write('tab', `${path}@daily a\n`)), 0o640);
    await wrap(['tab', '--write', 'new']);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o640);
    await wrap(['-', '--write', 'private'], { stdin: read('tab') });
    expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o600);
  });

  test.each(['tab', 'other'])('is never one that is there: %s', async (name) => {
    const text = `${path}@daily a\n`;
    write('other', 'mine');
    write('tab', text);
    const { code, stderr } = await wrap(['tab', '--write', name]);
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: `redlock-run: --write: "${name}" is there already; name a new file\n`,
    });
    expect([read('tab'), read('other')]).toEqual([text, 'mine']);
    expect(readdirSync(folder).sort()).toEqual(['node', 'other', 'redlock-run', 'tab']);
  });

  test.each([
    ['no/folder', 'ENOENT'],
    ['tab/folder', 'ENOTDIR'],
  ])('is refused in one line where it cannot be: %s', async (name, reason) => {
    write('tab', `${path}@daily a\n`);
    const { code, stderr } = await wrap(['tab', '--write', name]);
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: `redlock-run: --write: cannot write "${name}" (${reason})\n`,
    });
  });
});

describe('a crontab with mistakes', () => {
  test('is refused with all of them, each with its place', async () => {
    write(
      'tab',
      `# redlock-run: tmeout=1h key=a
@daily a
61 * * * * b
# redlock-run: timeout=1x
@daily c
# redlock-run: max-attempts=2
@daily d
`,
    );
    const { code, stdout, stderr } = await wrap(['tab', '--write', 'new']);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    const [head, ...problems] = stderr.trim().split('\n');
    expect(head).toBe('redlock-run: the crontab is refused:');
    expect(problems.map((problem) => problem.slice(0, 40))).toEqual([
      expect.stringContaining('tab:1:16: no option "tmeout"'),
      expect.stringContaining('tab:3:1: minute "61"'),
      expect.stringContaining('tab:4:16: timeout: "1x"'),
      expect.stringContaining('tab:6:16: --max-attempts: belongs'),
    ]);
    expect(readdirSync(folder)).not.toContain('new');
  });

  test.each([
    [
      'keys that clash',
      '# redlock-run: key=a\n@daily x\n# redlock-run: key=a\n@daily y\n',
      /stdin:4:1: .*"a" is that of line 2/,
    ],
    [
      'a key that a wrapped line has',
      '0 0 * * * redlock-run --key=a -- ls\n# redlock-run: key=a\n0 1 * * * ls /tmp\n',
      /stdin:3:1: .*"a" is that of line 1/,
    ],
    ['a byte order mark', '\ufeff# redlock-run: key=a\n@daily x\n', /stdin:1:1: .*save the file/],
    ['the same line twice', '@daily x\n@daily x\n', /stdin:2:1: .* is that of line 1/],
    ['no UTF-8', Buffer.from('# f\xfcr\n@daily x\n', 'latin1'), /stdin:1:4: this is not UTF-8/],
    ['a NUL', '@daily x\0y\n', /stdin:1:9: .*NUL/],
  ])('is refused for %s', async (_, stdin, message) => {
    write('tab', '');
    writeFileSync(join(folder, 'tab'), stdin);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [BIN, 'wrap', '-', '--write', '-'],
      { input: stdin, encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('what is asked for in a wrong way is refused in one line:', () => {
  test.each<[string, readonly string[], number, string]>([
    ['no crontab', [], 64, 'wrap: the crontab is missing'],
    ['two crontabs', ['tab', 'two'], 64, 'wrap: unexpected "two"'],
    ['a crontab that is not there', ['nowhere'], 78, 'cannot read the crontab "nowhere" (ENOENT)'],
    ['a folder', ['.'], 78, 'not a regular file'],
    ['a job', ['tab', '--', 'x'], 64, 'wrap runs no command'],
    ['an unknown option', ['tab', '--wrote', 'x'], 64, 'Did you mean --write?'],
    ['a key', ['tab', '-k', 'x'], 64, 'key=NAME" above the entry'],
    ['a schedule', ['tab', '--schedule=@daily'], 64, '--schedule is not for every line'],
    ['a period', ['tab', '--every', '1h'], 64, '--every is not for every line'],
    ['a slot', ['tab', '--slot', 'x'], 64, '--slot is not for every line'],
    ['a shell', ['tab', '--shell'], 64, '--shell is not for every line'],
    ['a bad value', ['tab', '--lease', '1x'], 64, '--lease: "1x" is not a duration'],
    ['a zone that is none', ['tab', '--timezone', 'x'], 64, '--timezone: "x" is not a time zone'],
    ['what is of no use', ['tab', '--retry-on', '1'], 64, '--retry-on: belongs to --retries'],
    ['a URL that is none', ['tab', '-r', 'http://x'], 78, '--redis: '],
    ['a line break', ['tab', '--node', 'a\nb'], 64, '--node: "a\\nb" does not fit into one line'],
    ['another name', ['tab', '--program', '/bin/rr'], 64, 'name a file called redlock-run'],
    ['loud and quiet', ['tab', '-v', '-q'], 64, '--verbose and --quiet exclude each other'],
  ])('%s', async (_, args, code, message) => {
    write('tab', `${path}@daily a\n`);
    const result = await wrap(args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr.split('\n')).toHaveLength(2);
  });

  test('what another command prints, with a hint', () => {
    const words = `"${process.execPath}" "${BIN}" wrap`;
    const { status, stderr } = spawnSync('bash', ['-c', `${words} <(printf '@daily a\\n')`], {
      encoding: 'utf8',
    });
    expect(status).toBe(78);
    expect(stderr).toMatch(/cannot read the crontab ".*" \(a pipe\); .* name - and pipe it in\n$/);
  });

  test('a password in a URL, which is not shown', async () => {
    write('tab', `${path}@daily a\n`);
    const { code, stdout, stderr } = await wrap(['tab', '-r', 'redis://:hunter2@cache']);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('write REDLOCK_RUN_REDIS=URL into the crontab');
    expect(stderr).not.toContain('hunter2');
  });
});

describe('the help of wrap', () => {
  test('fits into a terminal of 100 columns, and names what wrap takes itself', async () => {
    const { code, stdout, stderr } = await wrap(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    for (const flag of ['--write', '--system', '--program', '-v', '-q']) {
      expect(stdout).toContain(flag);
    }
    expect((await cli(['help', 'wrap'])).stdout).toBe(stdout);
    expect((await cli(['help'])).stdout).toContain('wrap CRONTAB');
  });
});

/** What the real crontab(1) says of a file, which it would install: with `-n` it only looks. */
function crontabTakes(name: string): boolean {
  const { status, error } = spawnSync('crontab', ['-n', name], { cwd: folder });
  if (error !== undefined) throw error;
  return status === 0;
}
