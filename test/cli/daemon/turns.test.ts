import { expect, test } from 'vitest';
import { Turns } from '../../../src/cli/daemon/turns.js';

/** Goes on until everything that could happen by now has happened. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 5));

function starts(turns: Turns, names: readonly string[]) {
  const started: string[] = [];
  const all = names.map(async (name) => {
    await turns.next();
    started.push(name);
  });
  return { started, all: Promise.all(all) };
}

test('a job starts at once where no other bid is out', async () => {
  const turns = new Turns();
  const { started } = starts(turns, ['a', 'b']);
  await aWhile();
  expect(started).toEqual(['a', 'b']);
});

test('a job waits until the other bids have been answered', async () => {
  const turns = new Turns();
  const answered = [turns.bid(), turns.bid()];
  const { started, all } = starts(turns, ['a']);
  answered[0]?.();
  answered[0]?.();
  await aWhile();
  expect(started).toEqual([]);
  answered[1]?.();
  await all;
});

test('a bid that is not answered is not waited for', async () => {
  const turns = new Turns();
  turns.bid();
  await starts(turns, ['a', 'b']).all;
});

test('one job is started in each turn of the event loop', async () => {
  const turns = new Turns();
  const { started, all } = starts(turns, ['a', 'b', 'c']);
  const seen: number[] = [];
  while (started.length < 3) {
    seen.push(started.length);
    await new Promise(setImmediate);
  }
  await all;
  expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
});
