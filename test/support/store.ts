import type { ClaimStore } from '../../src/core/claim.js';
import { openStore } from '../../src/redis/open-store.js';
import { targetOf } from '../../src/redis/targets.js';
import { systemClock } from '../../src/system-clock.js';

/** A store of claims on what these URLs name. */
export function storeAt(...urls: readonly string[]): ClaimStore {
  const targets = urls.map((url) => targetOf(url, 'url'));
  return openStore(targets, { prefix: 'redlock-run', clock: systemClock });
}
