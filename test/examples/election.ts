import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { PASSWORD, type Stage } from './stage.js';

/**
 * Runs a line on one node more than may win, at the same time: the winners print what their job
 * prints and nothing else, the others print nothing, and all are content.
 */
export async function expectElection(
  stage: Stage,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const winners = Number(/--winners (\d+)/.exec(line)?.[1] ?? 1);
  const key = /--key (\S+)/.exec(line)?.[1];
  await clearOfTheEdge();
  const results = await stage.onNodes(winners + 1, stage.at(line), {
    REDIS_PASSWORD: PASSWORD,
    ...env,
  });
  expect(results.map(({ exit, stderr }) => ({ exit, stderr }))).toEqual(
    results.map(() => ({ exit: 0, stderr: '' })),
  );
  const said = results.map(({ stdout }) => stdout).filter((stdout) => stdout !== '');
  expect(said).toHaveLength(winners);
  for (const words of said) expect(words).toMatch(new RegExp(`^\\w+ .*ran for ${key}\n`));
}

/** Seconds of a minute at which a slot begins to be claimed: half a minute or 6 s before it. */
const EDGES = [30, 54];
const SKEW = 1.5;

/** Waits until nodes that start at the same time surely name the same slot. */
async function clearOfTheEdge(): Promise<void> {
  for (;;) {
    const second = (Date.now() / 1000) % 60;
    const edge = EDGES.find((at) => second < at && second > at - SKEW);
    if (edge === undefined) return;
    await setTimeout((edge - second) * 1000);
  }
}
