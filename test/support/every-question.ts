import { expect } from 'vitest';
import type { Bid, ClaimStore } from '../../src/core/claim.js';
import { Failure } from '../../src/core/errors.js';
import { NEVER } from '../../src/core/stop.js';
import { BID } from './bid.js';

const WITHIN = 5_000;
const HOUR = 3_600_000;

let owners = 0;
const bid = (more: Partial<Bid>): Bid => ({
  ...BID,
  slot: { id: 'now', due: { at: Date.now(), early: 30_000, late: HOUR } },
  owner: (++owners).toString(16).padStart(32, '0'),
  ...more,
});

/**
 * Asks a store for all that a job's life brings about, so that every command is used that an ACL must
 * permit. The store must be empty.
 *
 * @param forget empties it in mid-run
 */
export async function askEverything(store: ClaimStore, forget: () => Promise<unknown>) {
  const earlier = await store.claim(bid({ lease: 1 }), false, WITHIN);
  await expect.poll(() => Date.now()).toBeGreaterThan(earlier.decidedAt + 20);
  const { verdict } = await store.claim(bid({ slot: { id: 'next' } }), false, WITHIN);
  if (verdict.kind !== 'won') throw new Error(verdict.kind);
  const third = bid({ slot: { id: 'third' }, overlap: 'wait' });
  expect((await store.claim(third, false, WITHIN)).verdict.kind).toBe('waiting');

  expect(await store.renew(verdict.run, WITHIN)).toBe('held');
  await forget();
  expect(await store.renew(verdict.run, WITHIN)).toBe('restated');
  const second = await store.retry(verdict.run, { state: 'failed', exit: 1 }, WITHIN);
  if (second === undefined) throw new Error('lost');
  await store.finish(second, { state: 'handed-back', exit: 143 }, WITHIN);
  const answer = await store.takeOver(bid({ slot: { id: 'next' } }), 3, WITHIN);
  if (answer.kind !== 'won') throw new Error(answer.kind);
  const unlocked = new Failure('unavailable', 'away');
  await store.noteUnlocked({ run: { ...answer.run, unlocked, startedAt: 1 } }, WITHIN);
  await store.nextEvent('nightly', '0-0', 10, NEVER);
}
