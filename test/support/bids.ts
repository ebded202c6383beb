import { randomBytes } from 'node:crypto';
import type { Bid } from '../../src/core/claim.js';
import { BID } from './bid.js';

/** Bids for as many jobs, each by an owner of its own, for a slot of their own. */
export function bidsFor(jobs: number): readonly Bid[] {
  const slot = { id: randomBytes(6).toString('hex') };
  return Array.from({ length: jobs }, (_, i) => ({
    ...BID,
    key: `job-${i}`,
    slot,
    owner: randomBytes(16).toString('hex'),
    overlap: 'allow',
  }));
}
