import { quote } from '../../../core/errors.js';
import { ok, trouble } from '../finding.js';
import { list, plural } from '../quantity.js';
import { unknown } from './advice.js';
import type { Check } from './check.js';

/** Records of slots that will never go away. */
export const checkLastingKeys: Check = ({ lastingKeys, place }, { prefix, retain }) => {
  if (lastingKeys.kind === 'refused') {
    const asked = `SCAN 0 MATCH ${prefix}:{*}:slot:*`;
    return [
      unknown('keys', 'whether slots keep their records for ever', asked, lastingKeys, place),
    ];
  }
  const { names, looked, complete } = lastingKeys.value;
  const [first] = names;
  if (first !== undefined) {
    return [
      trouble(
        'keys',
        'warning',
        `${plural(names.length, 'record')} without an expiry: ${list(names.map(quote))}; memory fills up`,
        'another program or a person made them so (PERSIST, SET); let each expire',
        `PEXPIRE ${JSON.stringify(first)} ${retain}`,
      ),
    ];
  }
  const extent = `${plural(looked, 'record')} of slots looked at`;
  if (complete) return [ok('keys', `${extent}: all of them expire`)];
  return [
    trouble(
      'keys',
      'unknown',
      `${extent} in two seconds, all of them expire; there are more keys`,
      'a database of its own for redlock-run (redis://host:6379/1) is quicker to look through',
    ),
  ];
};
