import type { Bid } from '../../src/core/claim.js';

/** A bid for the slot `now` of the job `nightly`, for tests to change. */
export const BID: Bid = {
  key: 'nightly',
  slot: { id: 'now' },
  owner: 'a'.repeat(32),
  node: 'node-1',
  winners: 1,
  retain: 3_600_000,
  lease: 30_000,
  overlap: 'skip',
  schedule: '-',
  command: 'digest',
  version: '1.0.0',
};
