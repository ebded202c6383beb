import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LeaseState, planLease } from '../../src/core/lease.js';

describe('the plan of a lease', () => {
  test('renews every third of it', () => {
    expect(planLease({ length: 30_000, heldFrom: 0 }, 1)).toEqual({
      kind: 'renew',
      wait: 9_999,
      within: 10_000,
    });
  });

  test('asks again soon after a renewal that failed', () => {
    const state = { length: 30_000, heldFrom: 0, failedAt: 12_000 };
    expect(planLease(state, 12_000)).toMatchObject({ kind: 'renew', wait: 1_000 });
  });

  test('renews at once when it is overdue', () => {
    const state = { length: 30_000, heldFrom: 0 };
    expect(planLease(state, 29_000)).toEqual({ kind: 'renew', wait: 0, within: 1_000 });
  });

  test('has run out exactly when its length has gone by', () => {
    const state = { length: 30_000, heldFrom: 5 };
    expect(planLease(state, 30_004).kind).toBe('renew');
    expect(planLease(state, 30_005)).toEqual({ kind: 'ran-out' });
  });

  test('never waits, and never lets a renewal go on, beyond the end of the lease', () => {
    const times = fc.record({
      length: fc.integer({ min: 1_000, max: 86_400_000 }),
      heldFrom: fc.integer({ min: 0, max: 1e12 }),
      failed: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      elapsed: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(times, ({ length, heldFrom, failed, elapsed }) => {
        const now = heldFrom + elapsed * length;
        const state: LeaseState = {
          length,
          heldFrom,
          ...(failed !== undefined && { failedAt: heldFrom + failed * (now - heldFrom) }),
        };
        const plan = planLease(state, now);
        if (plan.kind === 'ran-out') {
          expect(now).toBeGreaterThanOrEqual(heldFrom + length);
          return;
        }
        expect(plan.wait).toBeGreaterThanOrEqual(0);
        expect(plan.within).toBeGreaterThanOrEqual(1);
        // A renewal may take a millisecond however little is left.
        expect(now + plan.wait + plan.within).toBeLessThanOrEqual(heldFrom + length + 1.01);
      }),
      { numRuns: 2_000 },
    );
  });

  test('leaves time for several tries within one lease, whatever fails', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), (length) => {
        let now = 0;
        let tries = 0;
        for (let state: LeaseState = { length, heldFrom: 0 }; ; tries++) {
          const plan = planLease(state, now);
          if (plan.kind === 'ran-out') break;
          // Each try is silent to the end of its time.
          now += plan.wait + plan.within;
          state = { length, heldFrom: 0, failedAt: now };
        }
        expect(tries).toBeGreaterThanOrEqual(2);
        expect(now).toBeLessThanOrEqual(length + 1.01);
      }),
    );
  });
});
