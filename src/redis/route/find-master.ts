import { Failure, NoAnswer, quote } from '../../core/errors.js';
import { Link } from '../link.js';
import type { Server, TcpPlace } from '../target.js';

/**
 * Asks one Sentinel after the other which server is the master
 * (https://redis.io/docs/latest/develop/reference/sentinel-clients/).
 *
 * @param left ms for all of them; one that is silent takes no more than its share
 * @returns where the master is, and which Sentinel said so
 * @throws Failure why none of them could say
 */
export async function findMaster<T extends Server>(
  sentinels: readonly T[],
  master: string,
  left: () => number,
): Promise<{ readonly place: TcpPlace; readonly by: T }> {
  const failures: Failure[] = [];
  for (const [index, sentinel] of sentinels.entries()) {
    const link = new Link(sentinel);
    try {
      const question = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master];
      const reply = await link.command(question, left() / (sentinels.length - index));
      return { place: readPlace(reply, sentinel, master), by: sentinel };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    } finally {
      link.close();
    }
  }
  throw worst(failures, master);
}

function readPlace(reply: unknown, { label }: Server, master: string): TcpPlace {
  if (reply === null) {
    throw new Failure('config', `Sentinel at ${label} knows no master called ${quote(master)}`);
  }
  const [host, port] = Array.isArray(reply) ? reply : [];
  if (typeof host === 'string' && typeof port === 'string' && /^\d{1,5}$/.test(port)) {
    return { kind: 'tcp', host, port: Number(port) };
  }
  throw new Failure('protocol', `Sentinel at ${label} did not answer with an address`);
}

/** What no later try can mend comes first: it must not pass for an outage. */
function worst(failures: readonly Failure[], master: string): Failure {
  const lasting = failures.find(({ kind }) => kind !== 'unavailable');
  if (lasting !== undefined) return lasting;
  const reasons = failures.map(({ message }) => message).join('; ');
  return new NoAnswer(`no Sentinel of ${quote(master)} answers: ${reasons}`, false);
}
