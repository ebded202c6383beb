import type { ServerFacts } from '../../../redis/survey/server-facts.js';
import { type Finding, trouble } from '../finding.js';
import { serviceAt } from './service.js';

/** What a user needs to see all that is looked at, beyond what `run` needs. */
const TO_SEE = '+info +config|get +acl|whoami +scan +pttl +smembers +zrevrange';

/** Which checks have nothing else to go by. */
const BY_INFO = new Set([
  'version',
  'eviction',
  'memory',
  'persistence',
  'replicas',
  'min-replicas',
]);

/** Where INFO is forbidden, says so once in place of all that is unknown for that one reason. */
export function withoutInfo(
  findings: readonly Finding[],
  { info, user, place }: ServerFacts,
): readonly Finding[] {
  if (info.kind === 'answered' || !info.forbidden) return findings;
  const isMissing = ({ id, verdict }: Finding) => verdict === 'unknown' && BY_INFO.has(id);
  const missing = findings.filter(isMissing).map(({ id }) => id);
  if (missing.length === 0) return findings;
  const what = `not known, because user ${user} may not use INFO, or it is not offered: ${missing.join(', ')}`;
  const service = serviceAt(place);
  const finding =
    service === undefined
      ? trouble(
          'info',
          'unknown',
          what,
          'to let this user read all that doctor looks at, paste this into redis-cli as an administrator',
          `ACL SETUSER ${user} ${TO_SEE}`,
        )
      : trouble(
          'info',
          'unknown',
          what,
          `add this to the user's access string in the ${service.name} console, or look at ${service.settings}`,
          TO_SEE,
        );
  return [...findings.filter((each) => !isMissing(each)), finding];
}
