import type { NoLock, Skip, Skipped } from './claim.js';
import { Failure, type FailureKind } from './errors.js';

/** What a bid came to that was not won. */
export type Reason = Skip['kind'] | FailureKind | 'lease-lost';

/** Why a run has no lock, in a word. */
export function reasonOf(because: NoLock): Reason {
  if (isDecided(because)) return because.verdict.kind;
  return because instanceof Failure ? because.kind : because;
}

/** Whether the store was asked, and has decided against a run here. */
export function isDecided(because: NoLock): because is Skipped {
  return typeof because === 'object' && 'verdict' in because;
}

/** Who was in the way of a run, as far as the store has told; `slot` where it was another one's run. */
export function inTheWayOf(because: NoLock): { readonly node?: string; readonly slot?: string } {
  if (!isDecided(because)) return {};
  const { verdict } = because;
  if (verdict.kind === 'overlapped') return verdict.by;
  if (verdict.kind !== 'not-elected' || verdict.holder === undefined) return {};
  return { node: verdict.holder.node };
}
