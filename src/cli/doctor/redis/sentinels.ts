import type { SentinelFacts } from '../../../redis/survey/sentinels.js';
import { type Finding, ok, trouble } from '../finding.js';
import { plural } from '../quantity.js';

/** Whether all Sentinels are there to name the master; one that does is enough for today. */
export function checkSentinels(sentinels: readonly SentinelFacts[]): readonly Finding[] {
  if (sentinels.length === 0) return [];
  const failures = sentinels.flatMap(({ failure }) => failure ?? []);
  const all = plural(sentinels.length, 'Sentinel');
  if (failures.length === 0) return [ok('sentinels', `${all}: each of them names a master`)];
  const reasons = failures.map(({ message }) => message).join('; ');
  return [
    trouble(
      'sentinels',
      'warning',
      `${failures.length} of ${all} cannot be asked: ${reasons}; fewer than their quorum make no new master`,
      'bring it back, or take it out of the URL if it is gone for good',
    ),
  ];
}
