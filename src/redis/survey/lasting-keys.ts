import type { Clock } from '../../core/clock.js';
import { expires, jobKeyPattern } from '../keys.js';
import type { Answered } from './answered.js';
import type { Session } from './session.js';

export interface LastingKeys {
  /** Without an expiry, though they should have one. */
  readonly names: readonly string[];
  /** How many keys were looked at. */
  readonly looked: number;
  /** False when the time was up before the end. */
  readonly complete: boolean;
}

/** ms. A shared Redis may hold millions of keys that are not ours. */
const LONGEST = 2_000;
const PAGE = '1000';
const NO_EXPIRY = -1;

/** Looks for records of slots that will never expire. SCAN, a page at a time, never KEYS. */
export async function findLastingKeys(
  session: Session,
  prefix: string,
  clock: Clock,
): Promise<Answered<LastingKeys>> {
  const deadline = clock.monotonic() + LONGEST;
  const names = new Set<string>();
  let looked = 0;
  let cursor = '0';
  do {
    const page = await session.ask('SCAN', cursor, 'MATCH', jobKeyPattern(prefix), 'COUNT', PAGE);
    if (page.kind === 'refused') return page;
    const [next, found] = readPage(page.value);
    const keys = found.filter((name) => expires(prefix, name));
    const lives = await Promise.all(keys.map((key) => session.ask('PTTL', key)));
    for (const [i, life] of lives.entries()) {
      if (life.kind === 'refused') return life;
      if (life.value === NO_EXPIRY) names.add(keys[i] ?? '');
    }
    looked += keys.length;
    cursor = next;
  } while (cursor !== '0' && clock.monotonic() < deadline);
  const complete = cursor === '0';
  return { kind: 'answered', value: { names: [...names].sort(), looked, complete } };
}

function readPage(reply: unknown): readonly [string, readonly string[]] {
  const [cursor, names] = Array.isArray(reply) ? reply : [];
  const found: readonly unknown[] = Array.isArray(names) ? names : [];
  return [String(cursor ?? '0'), found.filter((name) => typeof name === 'string')];
}
