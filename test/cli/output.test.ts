import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIN } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
  // More than a pipe holds.
  writeFileSync(join(folder, 'tab'), '@daily  run\n# a line\n'.concat('#\n'.repeat(200_000)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The command line as a shell calls it: `$@` stands for it. */
function inShell(script: string) {
  const args = ['-c', `rr() { "${process.execPath}" "${BIN}" "$@"; }; ${script}`];
  const { status, stdout, stderr } = spawnSync('bash', args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('what a command was called for', () => {
  test.each([
    ['wrap tab --write -'],
    ['wrap tab'],
    ['daemon tab --check'],
    ["slots '@daily'"],
    ['--help'],
    ['--version'],
  ])('is told of in one line where the disk is full: %s', (words) => {
    expect(inShell(`rr ${words} > /dev/full`)).toEqual({
      status: 78,
      stdout: '',
      stderr:
        'redlock-run: cannot write to standard output (ENOSPC); what is there is not the whole of it\n',
    });
  });

  test('is no error where its reader has had enough', () => {
    const head = inShell('rr wrap -q tab --write - | head -n 2; exit $PIPESTATUS');
    expect(head).toMatchObject({ status: 0, stderr: '' });
    expect(head.stdout.split('\n')).toHaveLength(3);
  });

  test('waits for a slow reader of a pipe that refuses to wait, and is whole', () => {
    const refusing = `perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, O_NONBLOCK | fcntl(STDOUT, F_GETFL, 0)); exec @ARGV or die'`;
    const { status, stdout } = inShell(
      `${refusing} "${process.execPath}" "${BIN}" wrap -q tab --write - | (sleep 1.5; wc -l); exit $PIPESTATUS`,
    );
    expect({ status, lines: Number(stdout) }).toEqual({ status: 0, lines: 200_002 });
  });
});

test('words beside the work are dropped where they cannot be written', () => {
  const said = inShell("printf '@reboot run\\n' | rr wrap - 2> /dev/full");
  expect(said).toEqual({ status: 0, stdout: '', stderr: '' });
});
