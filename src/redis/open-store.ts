import type { ClaimStore } from '../core/claim.js';
import { Failure } from '../core/errors.js';
import { RedisStore } from './store.js';
import type { RedisTarget } from './target.js';

export interface StoreOptions {
  /** Begins all our keys. */
  readonly prefix: string;
}

/**
 * The store of claims on what `--redis` names. Connects at once.
 *
 * @throws Failure `config`
 */
export function openStore(targets: readonly RedisTarget[], { prefix }: StoreOptions): ClaimStore {
  const [target, second] = targets;
  if (target?.topology.kind !== 'single' || second !== undefined) {
    throw new Failure('config', '--redis: give one server');
  }
  return new RedisStore({ ...target, place: target.topology.place }, prefix);
}
