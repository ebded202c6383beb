import type { Answer, Run, Verdict } from './claim.js';

/** How a bid ended. `T` is what the job gave back. */
export type Outcome<T> =
  | { readonly kind: 'ran'; readonly run: Run; readonly value: T; readonly answer: Answer }
  | { readonly kind: 'skipped'; readonly verdict: Skip; readonly answer: Answer }
  | { readonly kind: 'stopped'; readonly answer: Answer };

/** Every verdict but the one that wins. */
export type Skip = Exclude<Verdict, { kind: 'won' }>;
