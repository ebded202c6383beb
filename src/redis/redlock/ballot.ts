import type { Answer, Run, StandbyAnswer } from '../../core/claim.js';

/**
 * What one master's answer means to whoever seeks a majority:
 *
 * - `vote`: it is given.
 * - `no`: asking on would split the vote. The others are asked in the same order, and stop here, too.
 * - `abstains`: this master cannot say; what it knows may be out of date, or its clock wrong.
 */
export type Opinion =
  | { readonly kind: 'vote'; readonly run: Run }
  | { readonly kind: 'no'; readonly isFinal: boolean }
  | { readonly kind: 'abstains' };

const VOTED = { kind: 'no', isFinal: false } as const;
const LOST = { kind: 'no', isFinal: true } as const;
const ABSTAINS = { kind: 'abstains' } as const;

/** Of a bid. A winner that is only voted for may yet fail to find its majority. */
export function opinionOnClaim({ verdict }: Answer): Opinion {
  switch (verdict.kind) {
    case 'won':
      return { kind: 'vote', run: verdict.run };
    case 'not-elected':
      if (verdict.holder?.state === 'voted') return VOTED;
      // Here an earlier run was in the way: a majority may know that it has ended.
      if (verdict.holder?.state === 'overlapped') return ABSTAINS;
      return verdict.holder?.state === 'waiting' ? ABSTAINS : LOST;
    default:
      return ABSTAINS;
  }
}

/** Of a standby's question. */
export function opinionOnTakeOver(answer: StandbyAnswer): Opinion {
  if (answer.kind === 'won') return { kind: 'vote', run: answer.run };
  if (answer.kind === 'unknown') return ABSTAINS;
  if (answer.kind === 'over' && answer.why === 'overlapped') return ABSTAINS;
  return LOST;
}

/** One run of the votes for it. Its fence is the highest, so that it is above all that a majority knows. */
export function runOf([first, ...others]: readonly [Run, ...Run[]]): Run {
  const highest = (number: (run: Run) => number) => Math.max(number(first), ...others.map(number));
  return {
    ...first,
    fence: highest(({ fence }) => fence),
    attempt: highest(({ attempt }) => attempt),
    turn: highest(({ turn }) => turn),
  };
}
