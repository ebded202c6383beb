import { Failure } from '../../core/errors.js';
import { findMaster } from '../route/find-master.js';
import { sentinelServers } from '../route/sentinel.js';
import type { RedisTarget } from '../target.js';

/** One Sentinel of those that the URL names. */
export interface SentinelFacts {
  readonly label: string;
  /** Why it names no master; missing where it does. */
  readonly failure?: Failure;
}

/** Asks each Sentinel by itself, once. @param within ms; none behind a URL without Sentinels */
export async function surveySentinels(
  target: RedisTarget,
  within: number,
): Promise<readonly SentinelFacts[]> {
  const { topology } = target;
  if (topology.kind !== 'sentinel') return [];
  return Promise.all(
    sentinelServers(target, topology).map(async (sentinel) => {
      const { label } = sentinel;
      try {
        await findMaster([sentinel], topology.master, () => within);
        return { label };
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        return { label, failure };
      }
    }),
  );
}
