import { ok, trouble } from '../finding.js';
import { span } from '../quantity.js';
import { unknown } from './advice.js';
import type { Check } from './check.js';

const NOTICEABLE = 1_000;
/** The default of --early: what is further off is refused. */
const TOO_FAR = 30_000;

/** This node's clock names the slot, that of Redis guards it. */
export const checkClock: Check = ({ clock, place }) => {
  if (clock.kind === 'refused') {
    return [unknown('clock', "the clock's difference", 'TIME', clock, place)];
  }
  const { ahead, error } = clock.value;
  const off = Math.max(0, Math.abs(ahead) - error);
  if (off <= NOTICEABLE) {
    return [
      ok('clock', `this node's and that of Redis agree to within ${span(Math.abs(ahead) + error)}`),
    ];
  }
  const direction = ahead > 0 ? 'behind' : 'ahead of';
  const what = `this node's clock is ${span(off)} ${direction} that of Redis`;
  const mend =
    'see which of the two is wrong (date -u), and turn on NTP there: timedatectl set-ntp true';
  if (off <= TOO_FAR)
    return [trouble('clock', 'warning', `${what}; beyond 30 seconds bids are refused`, mend)];
  return [
    trouble('clock', 'problem', `${what}: its bids are refused as too early or too late`, mend),
  ];
};
