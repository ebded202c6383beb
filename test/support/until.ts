import { expect, vi } from 'vitest';

/** How long real processes may take on a busy machine, ms. */
const LONGEST = { timeout: 30_000, interval: 20 };

/** Waits until a number that grows has come to `least`. */
export function untilAtLeast(least: number, look: () => Promise<number> | number): Promise<void> {
  return vi.waitFor(async () => expect(await look()).toBeGreaterThanOrEqual(least), LONGEST);
}
