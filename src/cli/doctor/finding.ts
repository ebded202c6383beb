/**
 * | verdict   | meaning                                                                  |
 * | --------- | ------------------------------------------------------------------------ |
 * | `ok`      | as it should be                                                          |
 * | `warning` | works today; something can go wrong                                      |
 * | `problem` | jobs do not run, or a slot can run twice                                 |
 * | `unknown` | could not be found out; `mend` says where to look                        |
 */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';

/** What one check found out about one thing. */
export interface Finding {
  /** Which check, e.g. `eviction`; a stable name. */
  readonly id: string;
  readonly verdict: Verdict;
  /** A sentence: what is so, and what follows from it. */
  readonly what: string;
  /** What to do about it; there is one for all that is not ok. */
  readonly mend?: string;
  /** A line for the mend, to be copied as it is. */
  readonly paste?: string;
}

/** The findings about one thing. */
export interface Subject {
  readonly kind: 'configuration' | 'redis' | 'fleet' | 'node';
  /** For people: a Redis URL without its secrets, a node's name. */
  readonly name: string;
  readonly findings: readonly Finding[];
}

export function ok(id: string, what: string): Finding {
  return { id, verdict: 'ok', what };
}

/** Of everything that is not ok. */
export function trouble(
  id: string,
  verdict: Exclude<Verdict, 'ok'>,
  what: string,
  mend: string,
  paste?: string,
): Finding {
  return { id, verdict, what, mend, ...(paste !== undefined && { paste }) };
}
