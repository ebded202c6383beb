import { Failure, quote } from '../../core/errors.js';
import { NEVER, type Stop } from '../../core/stop.js';
import { isHost, isPort, whyNone } from '../failures.js';
import type { Server, TcpPlace } from '../target.js';
import { Links } from './links.js';

/**
 * Asks one Sentinel after the other which server is the master
 * (https://redis.io/docs/latest/develop/reference/sentinel-clients/).
 *
 * @param left ms for all of them; one that is silent takes no more than its share
 * @param stop ends the asking
 * @param links makes the connections, which are ended here
 * @returns where the master is, and which Sentinel said so
 * @throws Failure why none of them could say
 */
export async function findMaster<T extends Server>(
  sentinels: readonly T[],
  master: string,
  left: () => number,
  stop: Stop = NEVER,
  links = new Links(),
): Promise<{ readonly place: TcpPlace; readonly by: T }> {
  const failures: Failure[] = [];
  for (const [index, sentinel] of sentinels.entries()) {
    if (stop.requested) break;
    const link = links.to(sentinel);
    const cancel = stop.whenRequested(() => link.close());
    try {
      const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master];
      const reply = await link.command(question, left() / (sentinels.length - index));
      return { place: readPlace(reply, sentinel, master), by: sentinel };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    } finally {
      cancel();
      link.close();
    }
  }
  throw whyNone(`no Sentinel of ${quote(master)} answers`, failures);
}

function readPlace(reply: unknown, { label }: Server, master: string): TcpPlace {
  if (reply === null) {
    throw new Failure('config', `Sentinel at ${label} knows no master called ${quote(master)}`);
  }
  const [host, port] = Array.isArray(reply) ? reply : [];
  if (isHost(host) && isPort(Number(port))) return { kind: 'tcp', host, port: Number(port) };
  throw new Failure('protocol', `Sentinel at ${label} did not answer with an address`);
}
