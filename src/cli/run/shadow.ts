import type { NoLock, UnlockedRun } from '../../core/claim.js';
import { Failure } from '../../core/errors.js';
import { inTheWayOf, isDecided, type Reason, reasonOf } from '../../core/no-lock.js';
import type { Call } from './call.js';
import type { LocalRecord } from './local-record.js';
import type { Settings } from './settings.js';
import { whySkipped } from './words.js';

/** What a node out of shadow would have done instead of running the job. */
type Would = 'skip' | 'wait' | 'stand-by' | 'run' | 'fail';

interface Finding {
  readonly would: Would;
  readonly reason: Reason;
  readonly holder: string | undefined;
}

/** What the bid of a run in shadow has found out. */
function findingOf(because: NoLock, settings: Settings): Finding {
  return {
    would: wouldHave(because, settings),
    reason: reasonOf(because),
    holder: inTheWayOf(because).node,
  };
}

function wouldHave(because: NoLock, { takeover, overlap, onRedisDown }: Settings): Would {
  switch (reasonOf(because)) {
    case 'not-elected':
      return takeover ? 'stand-by' : 'skip';
    case 'overlapped':
      return overlap === 'wait' ? 'wait' : 'skip';
    case 'too-early':
    case 'too-late':
      return 'skip';
    case 'unavailable':
      return onRedisDown;
    default:
      return 'fail';
  }
}

const WOULD_HAVE: Readonly<Record<Would, string>> = {
  skip: 'would have been skipped',
  wait: 'would have waited',
  'stand-by': 'would have stood by',
  run: 'would have been run without a lock',
  fail: 'would have failed',
};

/** Says, as the job begins all the same, what would have been. Trouble with Redis is a warning. */
export function sayShadow(call: Call, { unlocked }: UnlockedRun<NoLock>): void {
  const { settings, reporter } = call;
  const finding = findingOf(unlocked, settings);
  reporter[isDecided(unlocked) ? 'notice' : 'warn'](
    'shadow',
    `shadow: ${WOULD_HAVE[finding.would]}: ${explain(call, unlocked)}`,
    { ...finding },
  );
}

function explain({ settings, slot, io }: Call, because: NoLock): string {
  if (because === 'lease-lost') return 'the lease was lost before this attempt';
  if (because instanceof Failure) return because.message;
  const { verdict, decidedAt } = because;
  return whySkipped(verdict, { key: settings.key, slot: slot.id, decidedAt, localTime: io.now() });
}

/** Leaves a line in the local record, where the history could not be told or the record is asked for. */
export async function recordShadow(
  { settings }: Pick<Call, 'settings'>,
  { unlocked, owner, attempt }: UnlockedRun<NoLock>,
  { exit, told }: { readonly exit: number; readonly told: boolean },
  record: Pick<LocalRecord, 'leave'>,
): Promise<void> {
  if (told && settings.localRecord === undefined) return;
  await record.leave('shadow', { ...findingOf(unlocked, settings), owner, attempt, exit });
}
