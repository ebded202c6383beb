import { Failure } from '../../core/errors.js';
import type { RedisTarget, Server } from '../target.js';

/**
 * The servers behind a target that are worth a look: those that take its claims.
 *
 * @param _within ms, for asking who they are
 * @throws Failure
 */
export async function serversOf(
  { topology, ...server }: RedisTarget,
  _within: number,
): Promise<readonly Server[]> {
  if (topology.kind === 'single') return [{ ...server, place: topology.place }];
  throw new Failure('config', `--redis: ${server.label} is not one server`);
}
