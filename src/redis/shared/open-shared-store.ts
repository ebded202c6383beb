import type { ClaimStore } from '../../core/claim.js';
import type { Clock } from '../../core/clock.js';
import { routeTo, storeOf } from '../open-store.js';
import { Links } from '../route/links.js';
import type { Route } from '../route/route.js';
import { RedisStore, type StoreOptions } from '../store.js';
import type { RedisTarget } from '../target.js';
import { BlockingLookout } from './blocking-lookout.js';
import type { Lookout } from './lookout.js';
import { namedScripts } from './named-scripts.js';
import { PollingLookout } from './polling-lookout.js';
import { SharedEvents } from './shared-events.js';

/** ms between the beginnings of two connections to one server. */
const PACE = 100;

/**
 * The same store for a process that lives for months and asks for hundreds of jobs at once: over one
 * connection to each server, and one more while somebody waits for an event. Connects at once.
 */
export function openSharedStore(
  targets: readonly RedisTarget[],
  { clock, ...options }: StoreOptions & { readonly clock: Clock },
): ClaimStore {
  return storeOf(targets, clock, (target) => {
    const route = routeTo(target, new Links(PACE));
    const events = new SharedEvents(() => lookoutFor(target, route, clock));
    return new RedisStore(route, options, { evaluate: namedScripts(), events });
  });
}

function lookoutFor(target: RedisTarget, route: Route, clock: Clock): Lookout {
  return target.topology.kind === 'cluster'
    ? new PollingLookout(route, clock)
    : new BlockingLookout(() => routeTo(target, new Links(PACE)), clock);
}
