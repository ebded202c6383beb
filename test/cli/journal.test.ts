import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { BIN } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

/** As systemd starts it: JOURNAL_STREAM names the pipe that its stderr is. */
const IN_JOURNAL = `JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) exec "$@"`;
const LOST_REDIS = ['--redis', 'redis://127.0.0.1:1', '--redis-timeout', '300ms'];

function stderrOf(script: string, ...args: readonly string[]): string {
  const command = ['-c', script, 'sh', process.execPath, BIN, ...args, '--', 'true'];
  return spawnSync('sh', command, { encoding: 'utf8', env: { PATH: process.env.PATH } }).stderr;
}

test('in the journal our words have a priority', () => {
  expect(stderrOf(IN_JOURNAL, '--key', 'a', '--no-such')).toMatch(/^<3>redlock-run: [^<]*$/);
  const seenByPs = ['--redis', 'redis://:secret@127.0.0.1:1', '--redis-timeout', '300ms'];
  expect(stderrOf(IN_JOURNAL, '--key', 'a', ...seenByPs)).toMatch(
    /^<4>redlock-run: [^<]*\n<3>redlock-run: [^<]*\n$/,
  );
});

test('as JSON they have none', () => {
  const said = stderrOf(IN_JOURNAL, '--key', 'a', '--log', 'json', ...LOST_REDIS);
  expect(JSON.parse(said)).toMatchObject({ level: 'error' });
});

test.each([
  ['there is no journal', 'exec "$@"'],
  ['the journal reads another stream', `${IN_JOURNAL.replace('/dev/stderr', '/dev/stdin')}`],
  ['its name makes no sense', 'JOURNAL_STREAM=:: exec "$@"'],
])('where %s they have none', (_, script) => {
  expect(stderrOf(script, '--key', 'a', '--no-such')).toMatch(/^redlock-run: /);
});
