import type { Holder, Skip } from '../../core/claim.js';
import { formatDuration } from '../../core/duration.js';
import type { Phase } from '../../core/elect.js';
import type { Failure } from '../../core/errors.js';
import { slotId } from '../../core/slot.js';
import type { Reporter } from '../reporter.js';

/** What the sentences about one bid need to know. */
export interface Subject {
  readonly key: string;
  readonly slot: string;
  /** When it was decided: by the clock of Redis and by this node's, ms since the epoch. */
  readonly decidedAt: number;
  readonly localTime: number;
}

/** Says why the job does not run here: to a person, to `-v`, and always when a clock is to blame. */
export function saySkipped(reporter: Reporter, skip: Skip, subject: Subject): void {
  const why = whySkipped(skip, subject);
  switch (skip.kind) {
    case 'not-elected':
      return reporter.notice('not-elected', `not run here: ${why}. ${RUN_ANYWAY}`, {
        rank: skip.rank,
        holder: skip.holder?.node,
        holder_state: skip.holder?.state,
      });
    case 'overlapped':
      return reporter.notice(
        'overlapped',
        `not run: ${why}; --overlap allow runs both, --overlap wait waits`,
        { overlaps_slot: skip.by.slot, holder: skip.by.node },
      );
    case 'too-early':
    case 'too-late':
      return reporter.warn(skip.kind, `not run: ${why}`);
  }
}

/** What Redis has decided, as part of a sentence. */
export function whySkipped(skip: Skip, subject: Subject): string {
  const what = `${subject.key} ${subject.slot}`;
  switch (skip.kind) {
    case 'not-elected':
      return `${what} ${wonBy(skip.holder)}`;
    case 'overlapped':
      return `${what} came while the run of ${skip.by.slot} on ${skip.by.node} is alive`;
    case 'too-early':
      return `${what} lies in the future by the clock of Redis; ${clocks(subject)}`;
    case 'too-late':
      return `it is past the time (--late) for ${what}; ${clocks(subject)}`;
  }
}

/** An outage is not a loss, and is not told like one. */
export function sayUndecided(
  reporter: Reporter,
  what: string,
  phase: Phase,
  because: Failure,
): void {
  reporter.notice(
    'undecided',
    `${NOT_RUN[phase]}: nobody could be asked about ${what} (--on-redis-down skip): ${because.message}`,
    { phase },
  );
}

const NOT_RUN: Readonly<Record<Phase, string>> = {
  bidding: 'not run here',
  waiting: 'no longer waiting for an earlier run',
  'standing-by': 'no longer standing by',
};

const RUN_ANYWAY = 'To run it anyway, give it a slot of its own: --slot manual-1';

function wonBy(holder: Holder | undefined): string {
  if (holder === undefined) return 'is claimed already';
  const claimed = `was won by ${holder.node} at ${slotId(inSeconds(holder.claimedAt))}`;
  switch (holder.state) {
    case 'voted':
    case 'running':
      return `${claimed} and is running`;
    case 'done':
    case 'failed':
      return `${claimed} and has ended${holder.exit === undefined ? '' : `, exit ${holder.exit}`}`;
    case 'overlapped':
      return `${claimed}, but an earlier slot's run was alive`;
    case 'waiting':
      return `${claimed}, which waits for an earlier slot's run to end`;
    case 'died':
      return `${claimed}, which died while the job ran`;
    case 'unlocked':
      return `${claimed}, which heard of it too late and runs it without a lock`;
    case 'handed-back':
      return `${claimed}, which was told to stop; a standby may run it (--takeover)`;
    case 'aborted':
      return `${claimed}, which was told to stop before the job began`;
  }
}

/** ms, without the fraction of a second that nobody wants to read. */
function inSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/** Below this the difference is the network's, not the clocks'. */
const WORTH_SAYING = 1_000;

function clocks({ decidedAt, localTime }: Subject): string {
  const difference = localTime - decidedAt;
  if (Math.abs(difference) < WORTH_SAYING) return 'the clocks agree';
  const direction = difference > 0 ? 'ahead of' : 'behind';
  return (
    `this node's clock is ${formatDuration(inSeconds(Math.abs(difference)))} ${direction} it: ` +
    'check time synchronisation'
  );
}

/** It works, and everybody can read it. */
export function sayPasswordIsSeen(reporter: Reporter): void {
  reporter.warn(
    'password-on-command-line',
    '--redis: ps shows the password in this URL to everybody on this machine; ' +
      'use --redis-password-file or REDIS_PASSWORD',
  );
}
