import type { ClaimStore } from '../core/claim.js';
import type { Clock } from '../core/clock.js';
import { Redlock } from './redlock/redlock.js';
import { ClusterRoute } from './route/cluster.js';
import type { Links } from './route/links.js';
import type { Route } from './route/route.js';
import { SentinelRoute } from './route/sentinel.js';
import { SingleRoute } from './route/single.js';
import { RedisStore, type StoreOptions } from './store.js';
import type { RedisTarget } from './target.js';

/**
 * The store of claims on what `--redis` names: one server of whatever topology, or several masters,
 * each of whatever topology, of which a majority decides. Connects at once.
 *
 * For a process that asks one thing after the other; see shared/open-shared-store.ts for others.
 */
export function openStore(
  targets: readonly RedisTarget[],
  { clock, ...options }: StoreOptions & { readonly clock: Clock },
): ClaimStore {
  return storeOf(targets, clock, (target) => new RedisStore(routeTo(target), options));
}

/** @param open the store on one target */
export function storeOf(
  targets: readonly RedisTarget[],
  clock: Clock,
  open: (target: RedisTarget) => RedisStore,
): ClaimStore {
  // The same order on every node, however each of them was told.
  const stores = targets.toSorted((one, other) => (one.label < other.label ? -1 : 1)).map(open);
  const [only, second] = stores;
  return only !== undefined && second === undefined ? only : new Redlock(stores, clock);
}

export function routeTo(target: RedisTarget, links?: Links): Route {
  const { topology } = target;
  switch (topology.kind) {
    case 'single':
      return new SingleRoute({ ...target, place: topology.place }, links);
    case 'sentinel':
      return new SentinelRoute(target, topology, links);
    case 'cluster':
      return new ClusterRoute(target, topology, links);
  }
}
