import type { Clock } from '../../core/clock.js';
import type { StoreOptions } from '../../redis/store.js';
import type { Settings } from './settings.js';

/** What the store is told of the options. */
export function storeOptions(
  settings: Settings,
  clock: Clock,
): StoreOptions & { readonly clock: Clock } {
  const { prefix, replicas, replicasTimeout: timeout } = settings;
  return { prefix, clock, ...(replicas !== undefined && { durability: { replicas, timeout } }) };
}
