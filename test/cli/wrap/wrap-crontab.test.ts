import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type WrappedCrontab, wrapCrontab } from '../../../src/cli/wrap/wrap-crontab.js';
import { failOnLeaks } from '../../support/leaks.js';
import { CRONS } from './cron-command.js';

failOnLeaks();

const NOW = Date.parse('2026-11-23T15:30:00Z');
const HERE = { name: 'UTC', isOfShell: false };
const STAND_IN = fileURLToPath(new URL('fixtures/redlock-run', import.meta.url));

function wrapped(text: string, program = 'redlock-run'): Promise<WrappedCrontab> {
  const crontab = { name: 'crontab', text, mode: undefined };
  return wrapCrontab(crontab, false, { program, flags: new Map(), here: HERE, now: NOW });
}

/** What a real shell makes of a command. What it complains of differs in order, and quotes the comment. */
function run(
  shell: string,
  { command, stdin = '' }: { command: string; stdin?: string | undefined },
) {
  // bash takes a socket as its input for a login, and reads a profile where it is told no SHLVL.
  const env = { PATH: '/usr/bin:/bin', HOME: '/nowhere', SHLVL: '2' };
  const options = { input: stdin, encoding: 'utf8', env } as const;
  const { status, stdout, stderr } = spawnSync(shell, ['-c', command], options);
  return { status, stdout, complains: stderr !== '' };
}

describe('a wrapped command does what it did:', () => {
  const PIECES = [
    'printf "[\\%s]"',
    'echo',
    'cat',
    '; ',
    ' | ',
    ' && ',
    '$HOME',
    '$(',
    ')',
    'x',
    'ü',
  ];
  const HAZARDS = ["'", '"', '\\', '%', '\\%', '$', '#', ' ', ' #', '\t', '`', '!', '{a,b}', '\r'];
  const command = fc.array(fc.constantFrom(...PIECES, ...HAZARDS), { minLength: 1, maxLength: 12 });
  const comment = fc.constantFrom('', ' # redlock-run: retries=1');
  /** busybox knows no `%`, so that there is nothing to keep. */
  const crons = CRONS.filter(({ name }) => name !== 'busybox');

  test.each(
    crons.flatMap((cron) =>
      ['/bin/sh', '/bin/bash'].map((shell) => [cron.name, shell, cron] as const),
    ),
  )('under %s cron and %s', async (_, shell, { split }) => {
    await fc.assert(
      fc.asyncProperty(command, comment, async (pieces, end) => {
        // One that prints comes first: what only fails tells little.
        const written = `printf "<\\%s>" ${pieces.join('')}${end}`;
        // The shell's own process id is another each time.
        fc.pre(!written.includes('$$'));
        const crontab = `SHELL=${shell}\n* * * * * ${written}\n`;
        const { text } = await wrapped(crontab, STAND_IN);
        expect(text).toContain(STAND_IN);
        const now = text.slice(crontab.indexOf('printf'), -1);
        expect(run(shell, split(now))).toEqual(run(shell, split(written)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a wrapped crontab', () => {
  const LINES = [
    ...['', ' \t', '# a comment', '  # % \\ "', 'MAILTO=""', 'A = b c ', 'CRON_TZ=Europe/London'],
    ...[
      'SHELL=/bin/bash',
      'SHELL=/usr/bin/fish',
      '# redlock-run: takeover',
      '#redlock-run:every-node',
    ],
    ...['@reboot  /opt/warm', '0 0 * * * redlock-run --key x -- true', '* * * * * * /opt/tick'],
    '0 1 * * * a \\\n  b',
    ...[
      '0 3 * * *  /opt/nightly ',
      '\t*/5 1-4\t* * mon  echo "\\%" it\'s % in % put',
      '@daily a # b',
    ],
    ...[
      "@hourly cat  # redlock-run: timeout=1h 'retry-delay=3s' retries=1",
      '@weekly true;# redlock-run: retries=2',
    ],
  ];
  const crontabs = fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom(...LINES), fc.constantFrom('\n', '\r\n')), {
        maxLength: 20,
      }),
      fc.constantFrom('', '@monthly last', '# the end'),
    )
    .map(([lines, last]) => lines.map(([text, end]) => text + end).join('') + last);

  /** Without those that clash, or say a thing twice or of nothing. */
  async function whereFit(text: string): Promise<WrappedCrontab | undefined> {
    return wrapped(text).catch(() => undefined);
  }

  test('differs in wrapped entries only, and there in what is put round the command', async () => {
    await fc.assert(
      fc.asyncProperty(crontabs, async (text) => {
        const done = await whereFit(text);
        fc.pre(done !== undefined);
        const entries = new Map(done.wrapped.map((entry) => [entry.line, entry]));
        const now = done.text.split('\n');
        text.split('\n').forEach((was, index) => {
          const entry = entries.get(index + 1);
          const kept = entry === undefined ? was : was.slice(0, entry.commandAt);
          const put = entry === undefined ? '' : 'redlock-run --key ';
          expect(now[index]?.startsWith(kept + put), now[index]).toBe(true);
          if (entry === undefined) expect(now[index]).toBe(was);
        });
        expect(now).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 300 },
    );
  });

  test('is not changed by wrapping it again', async () => {
    await fc.assert(
      fc.asyncProperty(crontabs, async (text) => {
        const done = await whereFit(text);
        fc.pre(done !== undefined && done.wrapped.length > 0);
        const again = await wrapped(done.text);
        expect(again.text).toBe(done.text);
        expect(again.wrapped).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
