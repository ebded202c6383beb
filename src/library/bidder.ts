import { randomBytes } from 'node:crypto';
import type { Bid } from '../core/claim.js';
import { VERSION } from '../version.js';

/** Who bids. A function has no digest that nodes could be compared by. */
export type Bidder = Pick<Bid, 'owner' | 'command' | 'version'>;

/** A bidder as nobody has been before. */
export function newBidder(): Bidder {
  return { owner: randomBytes(16).toString('hex'), command: '-', version: VERSION };
}
