import { mapAnswer } from '../../../redis/survey/answered.js';
import type { Memory } from '../../../redis/survey/info.js';
import { ok, trouble } from '../finding.js';
import { bytes, plural } from '../quantity.js';
import { toSet, unknown } from './advice.js';
import type { Check } from './check.js';

/** Shares of the limit that are left. */
const LITTLE = 0.2;
const NEXT_TO_NOTHING = 0.05;

/** What Redis throws away when its memory is full. */
export const checkEviction: Check = (facts) => {
  const memory = mapAnswer(facts.info, (info) => info.memory);
  if (memory.kind === 'refused') {
    return [unknown('eviction', 'the eviction policy', 'INFO memory', memory, facts.place)];
  }
  const { policy, limit, evicted } = memory.value;
  if (policy === 'noeviction') return [ok('eviction', 'policy noeviction: nothing is thrown away')];
  if (limit === 0)
    return [
      ok('eviction', `policy ${policy}, but there is no memory limit: nothing is thrown away`),
    ];

  const isFull = leftOf(memory.value) < LITTLE;
  const everything = policy.startsWith('allkeys');
  const past = evicted === 0 ? '' : ` (${plural(evicted, 'key')} so far)`;
  const set = toSet(facts.place, 'maxmemory-policy', 'noeviction');
  if (everything) {
    return [
      trouble(
        'eviction',
        isFull || evicted > 0 ? 'problem' : 'warning',
        `policy ${policy}: when memory is full Redis may forget who won a slot${past}, and it runs twice`,
        ...set,
      ),
    ];
  }
  const what = `policy ${policy}: when memory is full a slot's record may go early${past}; no slot is won twice, but a standby may miss its turn`;
  if (!isFull && evicted === 0) return [ok('eviction', what)];
  return [trouble('eviction', 'warning', what, ...set)];
};

export const checkMemory: Check = (facts) => {
  const memory = mapAnswer(facts.info, (info) => info.memory);
  if (memory.kind === 'refused') {
    return [unknown('memory', 'the memory in use', 'INFO memory', memory, facts.place)];
  }
  const { used, limit, policy } = memory.value;
  if (limit === 0) return [ok('memory', `${bytes(used)} in use, no limit`)];
  const left = leftOf(memory.value);
  const share = `${Math.max(0, Math.floor(left * 100))} %`;
  const what = `${bytes(used)} of ${bytes(limit)} in use, ${share} left`;
  if (left >= LITTLE) return [ok('memory', what)];
  const refuses = policy === 'noeviction';
  return [
    trouble(
      'memory',
      refuses && left < NEXT_TO_NOTHING ? 'problem' : 'warning',
      `${what}; when it is full, ${refuses ? 'claims are refused (OOM, exit 75)' : 'keys are thrown away'}`,
      'give it more memory, or a Redis of its own: redlock-run needs less than 1 KiB a slot',
    ),
  ];
};

function leftOf({ used, limit }: Memory): number {
  return (limit - used) / limit;
}
