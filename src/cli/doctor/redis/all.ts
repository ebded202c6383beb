import type { ServerFacts, Unreachable } from '../../../redis/survey/server-facts.js';
import type { Finding } from '../finding.js';
import type { Check, CheckContext } from './check.js';
import { checkClock } from './clock.js';
import { checkEncryption, checkRoundTrip } from './connection.js';
import { withoutInfo } from './info.js';
import { checkLastingKeys } from './lasting-keys.js';
import { checkEviction, checkMemory } from './memory.js';
import { checkPersistence } from './persistence.js';
import { judgeUnreachable } from './reach.js';
import { checkMinReplicas, checkReplicas } from './replication.js';
import { checkRights, checkWrites } from './rights.js';
import { checkKind, checkVersion } from './version.js';

/** In the order in which a person would look. */
const OF_ANY_SERVER: readonly Check[] = [checkRoundTrip, checkEncryption, checkVersion, checkKind];

/** Of a server that keeps data. */
const OF_DATA: readonly Check[] = [
  checkRights,
  checkWrites,
  checkEviction,
  checkMemory,
  checkPersistence,
  checkReplicas,
  checkMinReplicas,
  checkClock,
  checkLastingKeys,
];

/** Everything that can be said of one server. */
export function checkServer(
  facts: ServerFacts | Unreachable,
  context: CheckContext,
): readonly Finding[] {
  if (facts.kind === 'reached') {
    const { identity } = facts;
    const isSentinel = identity.kind === 'answered' && identity.value.mode === 'sentinel';
    const checks = isSentinel ? OF_ANY_SERVER : [...OF_ANY_SERVER, ...OF_DATA];
    return withoutInfo(
      checks.flatMap((check) => check(facts, context)),
      facts,
    );
  }
  return [judgeUnreachable(facts, context)];
}
