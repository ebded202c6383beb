import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPassword } from '../../../src/redis/login/password-file.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'password-'));
  file = join(folder, 'password');
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['secret', 'secret'],
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secret\n\n', 'secret\n'],
  [' sec ret ', ' sec ret '],
  ['pässwörd\n', 'pässwörd'],
])('%j in a file is the password %j', (text, password) => {
  writeFileSync(file, text);
  expect(readPassword(file, 'the password file')).toBe(password);
});

test.each(['', '\n', '\r\n'])('%j in a file is none', (text) => {
  writeFileSync(file, text);
  expect(() => readPassword(file, 'the password file')).toThrow(
    expect.objectContaining({ kind: 'config', message: `the password file "${file}" is empty` }),
  );
});

test('what may have no end, or can be read only once, is no password file', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero', folder]) {
    expect(() => readPassword(path, 'the password file')).toThrow(
      `cannot read the password file "${path}" (not a regular file)`,
    );
  }
});
