import type { FailureKind } from '../../../core/errors.js';
import type { ServerFacts, Unreachable } from '../../../redis/survey/server-facts.js';
import { type Finding, trouble } from '../finding.js';
import type { Check, CheckContext } from './check.js';
import { checkClock } from './clock.js';
import { checkEncryption, checkRoundTrip } from './connection.js';
import { checkLastingKeys } from './lasting-keys.js';
import { checkEviction, checkMemory } from './memory.js';
import { checkPersistence } from './persistence.js';
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

/** What to do where Redis cannot be reached, by what `run` would exit with. */
const TO_REACH: Readonly<Record<FailureKind, string>> = {
  unavailable:
    'is the address right (--redis, REDLOCK_RUN_REDIS, REDIS_URL)? Is Redis up? May this node ' +
    'reach it (firewall, security group)?',
  denied: 'check the user and the password: in the URL, in REDIS_PASSWORD, and on the server',
  config: 'mend what it says; redlock-run --help names what is allowed',
  protocol: 'is that port a Redis? Ask it: redis-cli -h HOST -p PORT PING',
  usage: 'mend what it says; redlock-run --help names what is allowed',
};

/** Everything that can be said of one server. */
export function checkServer(
  facts: ServerFacts | Unreachable,
  context: CheckContext,
): readonly Finding[] {
  if (facts.kind === 'reached') {
    const { identity } = facts;
    const isSentinel = identity.kind === 'answered' && identity.value.mode === 'sentinel';
    const checks = isSentinel ? OF_ANY_SERVER : [...OF_ANY_SERVER, ...OF_DATA];
    return checks.flatMap((check) => check(facts, context));
  }
  const { message, kind } = facts.failure;
  return [trouble('reach', 'problem', message, TO_REACH[kind])];
}
