import { isAboutKeys } from '../../../redis/survey/answered.js';
import type { Trial } from '../../../redis/survey/rights.js';
import { ok, trouble } from '../finding.js';
import type { Check } from './check.js';
import { serviceAt } from './service.js';

/** Whether this user may do exactly what `run` does. */
export const checkRights: Check = ({ trials, user, place }, { prefix }) => {
  const forbidden = trials.filter(({ answer }) => answer?.kind === 'refused' && answer.forbidden);
  const rules = `~${prefix}:* ${trials.map(({ command }) => `+${command.toLowerCase()}`).join(' ')}`;
  if (forbidden.length === 0) return [ok('rights', `user ${user} may do all that is needed`)];

  const untried = trials.filter(({ answer }) => answer === undefined);
  const commands = namesOf(forbidden.filter(({ answer }) => answer && !isAboutKeys(answer)));
  const lacks = [
    ...(commands === '' ? [] : [`may not use ${commands}`]),
    ...(forbidden.some(({ answer }) => answer && isAboutKeys(answer))
      ? [`may not touch the keys ${prefix}:*`]
      : []),
  ].join(' and ');
  const hint = untried.length === 0 ? '' : ` (not tried without PEXPIRE: ${namesOf(untried)})`;
  const service = serviceAt(place);
  return [
    service === undefined
      ? trouble(
          'rights',
          'problem',
          `user ${user} ${lacks}${hint}`,
          'paste this into redis-cli as an administrator, then ACL SAVE or CONFIG REWRITE to keep it; ' +
            'a command that stays away was renamed in redis.conf',
          `ACL SETUSER ${user} on ${rules}`,
        )
      : trouble(
          'rights',
          'problem',
          `user ${user} ${lacks}${hint}`,
          `give the user this access string in the ${service.name} console`,
          `on ${rules}`,
        ),
  ];
};

/** Whether writes go through, for one who may write. */
export const checkWrites: Check = ({ trials, identity }) => {
  // Of a replica that is said already.
  if (identity.kind === 'answered' && identity.value.role === 'replica') return [];
  const refused = trials.flatMap(({ answer }) =>
    answer?.kind === 'refused' && !answer.forbidden && isAboutWrites(answer.why)
      ? [answer.why]
      : [],
  );
  const [why] = refused;
  if (why === undefined) return [];
  return [
    trouble('writes', 'problem', `refused: ${why}`, 'mend what it says; until then jobs exit 75'),
  ];
};

/** What Redis and Valkey answer to every write while something is wrong (src/server.c, processCommand). */
function isAboutWrites(why: string): boolean {
  return /\((?:-?)(?:OOM|MISCONF|NOREPLICAS|READONLY|CLUSTERDOWN|MASTERDOWN)\b/.test(why);
}

function namesOf(trials: readonly Trial[]): string {
  return trials.map(({ command }) => command).join(', ');
}
