import { describe, expect, test } from 'vitest';
import { clashes } from '../../../src/cli/crontab/clashes.js';
import { entriesOf } from '../../schedule/crontab/parse.js';

describe('entries with one key', () => {
  test('are told of at each but the first, with its line', () => {
    const keyed = [
      { key: 'a', line: 3 },
      { key: 'b', line: 4 },
      { key: 'a', line: 7, column: 5 },
      { key: 'a', line: 9 },
    ];
    expect(clashes(keyed, [])).toEqual([
      {
        line: 7,
        column: 5,
        message: expect.stringMatching(
          /^the key "a" is that of line 3 already; write another .*: # redlock-run: key=NAME$/,
        ),
      },
      { line: 9, column: 1, message: expect.stringMatching(/line 3/) },
    ]);
    expect(clashes(keyed.slice(0, 2), [])).toEqual([]);
  });
});

describe('a wrapped entry', () => {
  const FIRST = "0 3 * * * redlock-run --key a --schedule '0 3 * * *' -- job";
  const linesOf = (text: string, keyed: Parameters<typeof clashes>[0] = []) =>
    clashes(keyed, entriesOf(`${FIRST}\n${text}\n`)).map(({ line }) => line);

  test('clashes with an entry that was given its key, above it or below', () => {
    expect(linesOf('@reboot x', [{ key: 'a', line: 2 }])).toEqual([2]);
    expect(linesOf('@reboot redlock-run -k b -- x', [{ key: 'b', line: 1 }])).toEqual([2]);
  });

  test.each([
    ["0 3 * * * redlock-run --key a --schedule '0 3 * * *' -- other"],
    ["0 3 * * * sudo redlock-run run -ka -s '0 3 * * *' -- job more"],
    ["0 3 * * * redlock-run --key a --schedule '0 3 * * *' -- job%input"],
    ['0 3 * * * true && redlock-run --key a --shell -- job'],
    ['REDLOCK_RUN_KEY=a\n0 3 * * * redlock-run --every 1h -- another'],
  ])('clashes with another job of its key: %s', (text) => {
    expect(linesOf(text)).toEqual([text.includes('\n') ? 3 : 2]);
  });

  test.each([
    ["5 3 * * * redlock-run --key a --schedule '0 3 * * *' -- job"],
    ["@reboot nice redlock-run --takeover -s '0 3 * * *' --key=a -- job"],
    ["0 5 * * 6,0 redlock-run --key a --schedule '0 5 * * 6,0' -- job"],
    ["0 3 * * * redlock-run --key a --schedule '0  3 * * *' -- job"],
  ])('shares its key with a line of the same job: %s', (text) => {
    expect(linesOf(text)).toEqual([]);
  });

  test.each([
    ['0 3 * * * redlock-run --key "$KEY" -- job'],
    ['0 3 * * * redlock-run --kye a -- job'],
    ['0 3 * * * redlock-run --key --key -- job'],
    ['0 3 * * * redlock-run doctor --key a'],
    ['0 3 * * * redlock-run --every 1h -- job --key a'],
  ])('has no key that could clash in: %s', (text) => {
    expect(linesOf(text)).toEqual([]);
  });
});
