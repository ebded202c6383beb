import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { notStarted } from '../../src/process/not-started.js';
import { fixture } from './support.js';

const attempt = { command: 'true', shell: false, env: { PATH: '/bin' } };
const failed = (code: string) => Object.assign(new Error(`spawn ${code}`), { code });
afterEach(() => vi.restoreAllMocks());

// What a test cannot bring about without harm to the machine; the rest is in job.test.ts.
test.each([
  ['EAGAIN', 'no-resources', '"true": cannot be started: the limit on processes is reached'],
  ['ENOMEM', 'no-resources', '"true": cannot be started: out of memory'],
  ['EMFILE', 'no-resources', '"true": cannot be started: too many open files'],
  ['ENFILE', 'no-resources', '"true": cannot be started: too many open files on this machine'],
  ['E2BIG', 'too-big', '"true": cannot be started: arguments and environment are too long'],
  ['ETXTBSY', 'not-executable', '"true": cannot be started (ETXTBSY)'],
])('%s is a case of %s', (code, cause, reason) => {
  expect(notStarted(failed(code), attempt)).toEqual({ kind: 'not-started', cause, reason });
});

test('a command that vanished after it was found is not found', () => {
  const command = fixture('vanished.sh');
  expect(notStarted(failed('ENOENT'), { ...attempt, command })).toMatchObject({
    cause: 'not-found',
    reason: expect.stringContaining('no such file'),
  });
});

test('an error without a code is told in its own words', () => {
  expect(notStarted(new Error('strange'), attempt).reason).toBe(
    '"true": cannot be started (strange)',
  );
});

test('our own directory may be gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'redlock-run-gone-'));
  rmdirSync(folder);
  vi.spyOn(process, 'cwd').mockImplementation(() => {
    throw failed('ENOENT');
  });
  expect(notStarted(failed('ENOENT'), attempt)).toMatchObject({ cause: 'no-directory' });
  expect(notStarted(failed('ENOENT'), { ...attempt, cwd: folder })).toMatchObject({
    cause: 'no-directory',
    reason: `"true": its working directory "${folder}" is not there`,
  });
});
