import type { ClaimStore } from '../core/claim.js';
import { Failure } from '../core/errors.js';
import { ClusterRoute } from './route/cluster.js';
import type { Route } from './route/route.js';
import { SentinelRoute } from './route/sentinel.js';
import { SingleRoute } from './route/single.js';
import { RedisStore, type StoreOptions } from './store.js';
import type { RedisTarget } from './target.js';

/**
 * The store of claims on what `--redis` names. One server is connected to at once.
 *
 * @throws Failure `config`
 */
export function openStore(targets: readonly RedisTarget[], options: StoreOptions): ClaimStore {
  const [target, second] = targets;
  if (target === undefined || second !== undefined) {
    throw new Failure('config', '--redis: give one server');
  }
  return new RedisStore(routeTo(target), options);
}

function routeTo(target: RedisTarget): Route {
  const { topology } = target;
  switch (topology.kind) {
    case 'single':
      return new SingleRoute({ ...target, place: topology.place });
    case 'sentinel':
      return new SentinelRoute(target, topology);
    case 'cluster':
      return new ClusterRoute(target, topology);
  }
}
