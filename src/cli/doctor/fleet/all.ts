import { jobsKey } from '../../../redis/keys.js';
import type { TargetFacts } from '../../../redis/survey/survey.js';
import { type Finding, trouble } from '../finding.js';
import { checkAgreement } from './agreement.js';

/** What the nodes have left in Redis about themselves. */
export function checkFleet(fleet: TargetFacts['fleet'], prefix: string): readonly Finding[] {
  if (fleet.kind === 'answered') return checkAgreement(fleet.value);
  const why = fleet.forbidden ? 'this user may not use SMEMBERS or ZREVRANGE' : fleet.why;
  return [
    trouble(
      'jobs',
      'unknown',
      `whether the nodes agree on their jobs: not known (${why})`,
      'compare the crontabs of the nodes, or ask an administrator of this Redis what redis-cli says to',
      `SMEMBERS ${jobsKey(prefix)}`,
    ),
  ];
}
