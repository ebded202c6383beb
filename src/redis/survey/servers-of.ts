import { Failure, NoAnswer } from '../../core/errors.js';
import { Refusal } from '../failures.js';
import { hostAndPort } from '../label.js';
import { Link } from '../link.js';
import { countdown } from '../route/countdown.js';
import { findMaster } from '../route/find-master.js';
import { SentinelRoute, sentinelServers } from '../route/sentinel.js';
import type { RedisTarget, Server, TcpPlace } from '../target.js';

/**
 * The servers behind a target that are worth a look: those that take its claims.
 *
 * @param within ms, for asking who they are
 * @throws Failure
 */
export async function serversOf(target: RedisTarget, within: number): Promise<readonly Server[]> {
  const { topology } = target;
  switch (topology.kind) {
    case 'single':
      return [{ ...target, place: topology.place }];
    case 'sentinel': {
      const left = countdown(within);
      await reachMaster(new SentinelRoute(target, topology), left());
      const { place } = await findMaster(sentinelServers(target, topology), topology.master, left);
      return [serverAt(target, place)];
    }
    case 'cluster':
      return clusterMasters(target, topology.seeds, countdown(within));
  }
}

/** Sentinels may still name a server that is gone: asked for again, they will name another. */
async function reachMaster(route: SentinelRoute, within: number): Promise<void> {
  try {
    await route.ask('', async () => {}, within);
  } finally {
    route.close();
  }
}

/** What the first node that answers says; the seeds themselves where it may not say. */
async function clusterMasters(
  target: RedisTarget,
  seeds: readonly TcpPlace[],
  left: () => number,
): Promise<readonly Server[]> {
  const failures: Failure[] = [];
  for (const [index, seed] of seeds.entries()) {
    const link = new Link(serverAt(target, seed));
    try {
      const share = left() / (seeds.length - index);
      const ranges = await link.command(['CLUSTER', 'SLOTS'], share);
      return mastersIn(ranges, seed).map((place) => serverAt(target, place));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error instanceof Refusal && error.code === 'NOPERM') {
        return seeds.map((place) => serverAt(target, place));
      }
      failures.push(error);
    } finally {
      link.close();
    }
  }
  const lasting = failures.find(({ kind }) => kind !== 'unavailable');
  if (lasting !== undefined) throw lasting;
  throw new NoAnswer(failures.map(({ message }) => message).join('; '), false);
}

/**
 * @param ranges `[[first slot, last slot, [host, port, id, …], …replicas], …]`
 *   (https://redis.io/docs/latest/commands/cluster-slots/); no host is that of the node asked
 */
function mastersIn(ranges: unknown, asked: TcpPlace): readonly TcpPlace[] {
  const masters = new Map<string, TcpPlace>();
  for (const range of Array.isArray(ranges) ? ranges : []) {
    const [host, port]: unknown[] = Array.isArray(range) && Array.isArray(range[2]) ? range[2] : [];
    if (typeof port !== 'number') continue;
    const name = typeof host === 'string' && host !== '' && host !== '?' ? host : asked.host;
    const place = { kind: 'tcp', host: name, port } as const;
    masters.set(hostAndPort(place), place);
  }
  if (masters.size === 0) throw new Failure('unavailable', 'the cluster serves no slots');
  return [...masters.values()];
}

function serverAt(target: RedisTarget, place: TcpPlace): Server {
  const scheme = target.tls === undefined ? 'redis' : 'rediss';
  return { ...target, place, label: `${scheme}://${hostAndPort(place)}` };
}
