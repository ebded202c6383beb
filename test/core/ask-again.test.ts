import { beforeEach, describe, expect, test } from 'vitest';
import { askUntilAnswered } from '../../src/core/ask-again.js';
import { sleep } from '../../src/core/clock.js';
import { Failure, NoAnswer } from '../../src/core/errors.js';
import { StopSwitch } from '../../src/core/stop.js';
import { VirtualClock } from './virtual-clock.js';

let clock: VirtualClock;
let asked: { at: number; within: number; again: boolean }[];
beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
});

const lostReply = new NoAnswer('reply lost', true);
const refused = new NoAnswer('connection refused', false);

/** Asks with answers that come at once: errors are thrown, the rest is returned. */
function askWith(answers: readonly unknown[], options: { within?: number; stopAt?: number } = {}) {
  const { within = 5_000, stopAt = Number.POSITIVE_INFINITY } = options;
  const question = askUntilAnswered(
    { within, clock, stop: stopAfter(stopAt) },
    async (left, again) => {
      asked.push({ at: clock.monotonic(), within: left, again });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  );
  return question.catch((error: unknown) => error);
}

function stopAfter(ms: number): StopSwitch {
  const stop = new StopSwitch();
  if (ms !== Number.POSITIVE_INFINITY) clock.after(ms, () => stop.request());
  return stop;
}

describe('asking until there is an answer', () => {
  test('asks once when it is answered', async () => {
    expect(await askWith(['yes'])).toBe('yes');
    expect(asked).toEqual([{ at: 0, within: 1_000, again: false }]);
  });

  test('asks again after silence, and says so once an earlier try may have been counted', async () => {
    const answer = askWith([refused, lostReply, refused, 'yes']);
    await clock.pass(5_000);
    expect(await answer).toBe('yes');
    expect(asked.map(({ again }) => again)).toEqual([false, false, true, true]);
  });

  test('gives each further try twice the time, within the deadline', async () => {
    const answer = askWith([refused, refused, 'yes']);
    await clock.pass(5_000);
    expect(await answer).toBe('yes');
    expect(asked.map(({ within }) => within)).toEqual([1_000, 2_000, 4_000]);
  });

  test('ends before the deadline with the last failure', async () => {
    const answer = askWith([refused], { within: 3_000 });
    await clock.pass(3_000);
    expect(await answer).toBe(refused);
    expect(asked.length).toBeGreaterThan(4);
    for (const { at, within } of asked) expect(at + within).toBeLessThanOrEqual(3_000);
  });

  test('tells what it met before, when the last try was only cut short', async () => {
    const question = askUntilAnswered({ within: 1_000, clock }, async (within, again) => {
      const isThird = asked.push({ at: clock.monotonic(), within, again }) === 3;
      await sleep(clock, isThird ? within : 1);
      throw isThird ? lostReply : refused;
    }).catch((error: unknown) => error);
    await clock.pass(1_000);
    expect(await question).toBe(refused);
    expect(asked).toHaveLength(3);
  });

  test('goes on until there is no time for another try', async () => {
    for (const within of [100, 1_000, 5_000, 90_000]) {
      asked = [];
      const beginning = clock.monotonic();
      const answer = askWith([refused], { within });
      await clock.pass(within);
      expect(await answer).toBe(refused);
      const left = beginning + within - (asked.at(-1)?.at ?? 0);
      expect(left).toBeGreaterThanOrEqual(Math.min(250, within / 10));
      expect(left).toBeLessThan(Math.min(250, within / 10) + 50);
      expect(asked.length).toBeLessThan(20 + within / 500);
    }
  });

  test.each(['usage', 'config', 'protocol', 'denied'] as const)(
    'does not ask again what a later try cannot mend: %s',
    async (kind) => {
      const failure = new Failure(kind, 'no');
      expect(await askWith([failure, 'yes'])).toBe(failure);
      expect(asked).toHaveLength(1);
    },
  );

  test('lets bugs through', async () => {
    const bug = new TypeError('undefined is not a function');
    expect(await askWith([bug, 'yes'])).toBe(bug);
  });

  test('told to stop, waits a second for the answer that is due, and no longer', async () => {
    for (const [takes, answer] of [
      [900, 'yes'],
      [1_100, expect.objectContaining({ kind: 'unavailable', maybeApplied: true })],
    ] as const) {
      const clock = new VirtualClock();
      const stop = new StopSwitch();
      clock.after(10_000, () => stop.request());
      const question = askUntilAnswered({ within: 90_000, clock, stop }, async () => {
        await sleep(clock, 10_000 + takes);
        return 'yes';
      }).catch((error: unknown) => error);
      await clock.pass(11_000);
      expect(await question).toEqual(answer);
      expect(clock.waiting).toBe(takes > 1_000 ? 1 : 0);
    }
  });

  test('leaves no timer behind when it was told to stop before it asked', async () => {
    const stop = new StopSwitch();
    stop.request();
    expect(await askUntilAnswered({ within: 5_000, clock, stop }, async () => 'yes')).toBe('yes');
    expect(clock.waiting).toBe(0);
  });

  test('stops asking when told to', async () => {
    const answer = askWith([refused], { stopAt: 200 });
    await clock.pass(5_000);
    expect(await answer).toBe(refused);
    expect(Math.max(...asked.map(({ at }) => at))).toBeLessThan(400);
  });
});
