import type { Answered } from '../../../redis/survey/answered.js';
import type { Place } from '../../../redis/target.js';
import { type Finding, trouble } from '../finding.js';
import { serviceAt } from './service.js';

/**
 * A fact that the server did not tell: where to look instead.
 *
 * @param subject what is not known
 * @param asked the command that would have told; an administrator may ask it
 */
export function unknown(
  id: string,
  subject: string,
  asked: string,
  answer: Answered<unknown>,
  place: Place,
): Finding {
  const [command] = asked.split(' ');
  const isForbidden = answer.kind === 'refused' && answer.forbidden;
  const why =
    answer.kind === 'refused' && !isForbidden
      ? `${command}: ${answer.why}`
      : `this user may not use ${command}, or it is not offered`;
  const service = serviceAt(place);
  if (service !== undefined) {
    return trouble(id, 'unknown', `${subject}: not known (${why})`, `look at ${service.settings}`);
  }
  const mend = 'ask an administrator of this Redis what redis-cli says to';
  return trouble(id, 'unknown', `${subject}: not known (${why})`, mend, asked);
}

/** How to change a setting: the last two arguments of `trouble`. */
export function toSet(place: Place, name: string, value: string): [mend: string, paste?: string] {
  const service = serviceAt(place);
  if (service?.serverless) {
    return [`${service.name} fixes ${name} itself: give it room to grow; look at ${service.nodes}`];
  }
  if (service !== undefined) return [`set ${name} to ${value}; look at ${service.settings}`];
  return [
    'paste this into redis-cli as an administrator, then CONFIG REWRITE to keep it',
    `CONFIG SET ${name} ${value}`,
  ];
}
