import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCommand } from '../../src/process/find-command.js';
import { failOnLeaks } from '../support/leaks.js';
import { bundled, fixture, useBundle } from './support.js';

failOnLeaks();
useBundle('finds-as-nobody.ts');

let here: string;
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'find-'));
  chmodSync(here, 0o755);
});
afterEach(() => {
  spawnSync('chmod', ['-R', 'u+rwx', here]);
  rmSync(here, { recursive: true });
});

const SCRIPT = '#!/bin/sh\nexit 0\n';

/** Writes a file below `here`, folders included. */
function put(name: string, mode = 0o755, content = SCRIPT): string {
  const file = join(here, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

const STATUS = { found: 0, 'not-executable': 126, 'not-found': 127 };

/** Asks, and has execvp(3) confirm the answer: env(1) calls nothing else and tells by its exit. */
function find(command: string, path?: string) {
  const found = findCommand(command, { path, cwd: here });
  const env = path === undefined ? [] : [`PATH=${path}`];
  const { status } = spawnSync('/usr/bin/env', ['-i', ...env, command], { cwd: here });
  expect(status).toBe(STATUS[found.kind]);
  return found;
}

describe('a name without a slash', () => {
  test('is the first match in PATH', () => {
    mkdirSync(join(here, 'none'));
    const first = put('a/job');
    put('b/job');
    const path = `${here}/none:${here}/missing:${here}/a:${here}/b`;
    expect(find('job', path)).toEqual({ kind: 'found', file: first });
  });

  test.each([
    ['may not be executed', () => put('a/job', 0o644)],
    ['is a directory', () => mkdirSync(join(here, 'a/job'), { recursive: true })],
    ['is a broken link', () => symlinkSync('nowhere', put('a/x').replace(/x$/, 'job'))],
    ['lacks its interpreter', () => put('a/job', 0o755, '#!/no/such\n')],
  ])('is looked for further when the match %s', (_, make) => {
    make();
    const second = put('b/job');
    expect(find('job', `${here}/a:${here}/b`)).toEqual({ kind: 'found', file: second });
  });

  test('that nobody may execute anywhere is told apart from one that is nowhere', () => {
    put('a/job', 0o644);
    const path = `${here}/none:${here}/a:${here}/more`;
    expect(find('job', path)).toEqual({
      kind: 'not-executable',
      reason: `"${here}/a/job": permission denied`,
    });
    expect(find('other', path)).toEqual({
      kind: 'not-found',
      reason: '"other": not found in PATH',
    });
  });

  test.each(['', ':', '/none:', ':/none', '/none::/none', '.'])(
    'is looked for in the working directory by the PATH %j',
    (path) => {
      put('job');
      expect(find('job', path)).toMatchObject({ kind: 'found' });
    },
  );

  test('is not looked for in the working directory otherwise', () => {
    put('job');
    expect(find('job', '/none:/bin')).toMatchObject({ kind: 'not-found' });
  });

  test('is looked for below the working directory by a relative element', () => {
    expect(find('job', 'a')).toMatchObject({ kind: 'not-found' });
    const file = put('a/job');
    expect(find('job', 'a')).toEqual({ kind: 'found', file });
  });

  test("is looked for in the system's folders when there is no PATH at all", () => {
    expect(find('true')).toMatchObject({
      kind: 'found',
      file: expect.stringMatching(/bin\/true$/),
    });
    expect(find('no-such-command')).toMatchObject({ kind: 'not-found' });
  });
});

describe('a name with a slash', () => {
  test('is taken as it is, whatever PATH holds', () => {
    put('a/job');
    const absolute = put('bin/job', 0o644);
    const path = `${here}/a`;
    expect(find('./a/job', path)).toEqual({ kind: 'found', file: './a/job' });
    expect(find('a/job', path)).toEqual({ kind: 'found', file: 'a/job' });
    expect(find(absolute, path)).toMatchObject({ kind: 'not-executable' });
    expect(find('./job', path)).toEqual({ kind: 'not-found', reason: '"./job": no such file' });
  });

  test('means what the kernel means by it: `..` of a link is the parent of its target', () => {
    put('far/away/x');
    const file = put('far/job');
    symlinkSync('far/away', join(here, 'link'));
    expect(find('link/../job', '')).toEqual({ kind: 'found', file: 'link/../job' });
    rmSync(file);
    put('job');
    expect(find('link/../job', '')).toMatchObject({ kind: 'not-found' });
  });

  test('may be a link to a command, but not one to itself', () => {
    symlinkSync(put('a/job'), join(here, 'good'));
    symlinkSync('round', join(here, 'round'));
    expect(find('./good', '')).toEqual({ kind: 'found', file: './good' });
    expect(find('./round', '')).toEqual({
      kind: 'not-executable',
      reason: '"./round": too many symbolic links',
    });
  });

  test('may be neither a directory nor a device nor a named pipe', () => {
    expect(spawnSync('mkfifo', ['-m', '755', join(here, 'fifo')]).status).toBe(0);
    expect(find('./fifo', '')).toEqual({
      kind: 'not-executable',
      reason: '"./fifo": it is not a regular file',
    });
    expect(find(here, '')).toMatchObject({ reason: expect.stringContaining('it is a directory') });
    expect(find('/dev/null', '')).toMatchObject({ kind: 'not-executable' });
  });
});

// Here env(1) says 126 for every errno but ENOENT; shells say 127, as we do.
test.each(['file/job', 'x'.repeat(300), `./${'x'.repeat(5000)}`])('%.20s… is not found', (name) => {
  put('file');
  const found = findCommand(name, { path: `${here}/file:${here}`, cwd: here });
  expect(found.kind).toBe('not-found');
});

test('an empty command is not found', () => {
  put('job');
  expect(find('', here)).toEqual({ kind: 'not-found', reason: 'the command is empty' });
});

describe('somebody to whom permissions apply', () => {
  test.each([
    ['may not execute', 'a/job', 0o644],
    ['may neither execute nor read', 'a/job', 0o600],
    ['may not reach', 'a', 0o600],
    ['may only list', 'a', 0o644],
  ])('is denied what he %s', (_, name, mode) => {
    put('a/job');
    expect(asNobody('job', 'a')).toEqual({ kind: 'found', file: './a/job' });
    chmodSync(join(here, name), mode);
    expect(asNobody('job', 'a')).toEqual({
      kind: 'not-executable',
      reason: '"./a/job": permission denied',
    });
    put('b/job');
    expect(asNobody('job', 'a:b')).toEqual({ kind: 'found', file: './b/job' });
  });

  test('need not be able to read', () => {
    put('a/job', 0o111, '#!/no/such\n');
    expect(asNobody('job', 'a')).toEqual({ kind: 'found', file: './a/job' });
  });
});

describe('a script', () => {
  test('needs its interpreter', () => {
    expect(find(fixture('no-interpreter.sh'), '/bin')).toEqual({
      kind: 'not-found',
      reason: expect.stringMatching(/no-interpreter.sh": its first line asks for "\/no\/such\//),
    });
  });

  test('needs what env(1) will look up for it, in the same PATH', () => {
    expect(find(fixture('no-env-interpreter.sh'), '/bin')).toEqual({
      kind: 'not-found',
      reason: expect.stringContaining('"no-such-interpreter": not found in PATH'),
    });
    put('bin/no-such-interpreter');
    const path = `${here}/bin:/bin`;
    expect(find(fixture('no-env-interpreter.sh'), path)).toMatchObject({ kind: 'found' });
  });

  test('may have its interpreter split from options by env -S', () => {
    expect(find(fixture('split-interpreter.sh'), '/bin')).toMatchObject({ kind: 'found' });
    expect(find(fixture('no-split-interpreter.sh'), '/bin')).toMatchObject({ kind: 'not-found' });
  });

  test('with Windows line endings says so', () => {
    expect(find(fixture('windows-lines.sh'), '/bin')).toEqual({
      kind: 'not-found',
      reason: expect.stringMatching(/"\/bin\/sh\\r": no such file \(Windows line endings\?\)$/),
    });
  });

  test('without a first line is one for /bin/sh', () => {
    expect(find(fixture('no-first-line.sh'), '/bin')).toMatchObject({ kind: 'found' });
    put('empty', 0o755, '');
    expect(find('./empty', '/bin')).toMatchObject({ kind: 'found' });
  });

  test('may be interpreted by a script, which needs its interpreter too', () => {
    put('inner', 0o755, '#!/no/such\n');
    put('job', 0o755, `#!${here}/inner\n`);
    expect(find('./job', '')).toMatchObject({
      kind: 'not-found',
      reason: expect.stringMatching(/"\.\/job": .*inner": its first line .*"\/no\/such": no such/),
    });
    put('inner');
    expect(find('./job', '')).toMatchObject({ kind: 'found' });
  });

  test('cannot have a directory or a text as its interpreter', () => {
    put('text', 0o644, 'hello');
    put('job', 0o755, `#!${here}\n`);
    expect(find('./job', '')).toMatchObject({ kind: 'not-executable' });
    put('job', 0o755, `#!${here}/text\n`);
    expect(find('./job', '')).toMatchObject({ kind: 'not-executable' });
  });

  test('that interprets itself does not keep us for ever', () => {
    put('job', 0o755, `#!${here}/job\n`);
    expect(findCommand('./job', { path: '', cwd: here }).kind).toBe('found');
  });
});

/** In `here`, by relative names: folders above it may be closed to others. */
function asNobody(command: string, path: string): unknown {
  const args = [bundled('finds-as-nobody.ts'), command, path];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
