import { isAboutKeys } from '../../../redis/survey/answered.js';
import type { Trial } from '../../../redis/survey/rights.js';
import type { Place } from '../../../redis/target.js';
import { ok, trouble } from '../finding.js';
import type { Check } from './check.js';
import { serviceAt } from './service.js';

/** Whether this user may do exactly what `run` does. */
export const checkRights: Check = ({ trials, user, place }, { prefix }) => {
  const forbidden = trials.filter(({ answer }) => answer?.kind === 'refused' && answer.forbidden);
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
  const what = `user ${user} ${lacks}${hint}`;
  const grant = toGrant(
    place,
    user,
    prefix,
    trials.map(({ command }) => command),
  );
  const losses = forbidden.flatMap(({ without }) => without ?? []);
  if (losses.length < forbidden.length) return [trouble('rights', 'problem', what, ...grant)];
  return [trouble('rights', 'warning', `${what}: ${losses.join(', ')}`, ...grant)];
};

/** How to let a user do that: the last two arguments of `trouble`. */
export function toGrant(
  place: Place,
  user: string,
  prefix: string,
  commands: readonly string[],
): [mend: string, paste: string] {
  const rules = `~${prefix}:* ${commands.map((name) => `+${name.toLowerCase()}`).join(' ')}`;
  const service = serviceAt(place);
  if (service !== undefined) {
    return [`give the user this access string in the ${service.name} console`, `on ${rules}`];
  }
  return [
    'paste this into redis-cli as an administrator, then ACL SAVE or CONFIG REWRITE to keep it; ' +
      'a command that stays away was renamed in redis.conf',
    `ACL SETUSER ${user} on ${rules}`,
  ];
}

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
