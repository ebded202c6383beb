import type { Run } from '../../core/claim.js';
import type { Election } from '../../core/elect.js';
import { usage } from '../../core/errors.js';
import { DEFAULTS } from '../../core/limits.js';
import type { Outcome } from '../../core/outcome.js';
import type { Tolerance } from '../../core/slot.js';
import {
  type Duration,
  duration,
  ELECTION_SHAPES,
  type ElectionOptions,
  type ElectionTerms,
  readElectionOptions,
} from '../election-options.js';
import { checkOptions, DURATION, FUNCTION, oneOf, type Shapes } from '../shapes.js';

/** How one tick of one task ended on this node. */
export interface TickOutcome {
  /** The task's name, which is the job's key. */
  readonly key: string;
  /** The slot's id, e.g. `2026-11-23T03:00:00Z`. */
  readonly slot: string;
  /** Its `value`, where the function ran: whether it threw, as far as `coordinator.task` knows. */
  readonly outcome: Outcome<'done' | 'failed'>;
}

/** What `redisCoordinator` is told, once for all its tasks. */
export interface RedisCoordinatorOptions extends ElectionOptions {
  /** How far before the slot a claim is taken, by the clock of Redis; default 30 s. */
  readonly early?: Duration;
  /** How far after the slot a claim is taken, by the clock of Redis; default a day. */
  readonly late?: Duration;
  /** How long `overlap: 'wait'` waits before the slot is skipped; must be given with it. */
  readonly waitTimeout?: Duration;
  /**
   * The winner's sign of life, renewed every third of it while the function runs. Default: each task's
   * `distributedLease`, which is 30 s in node-cron where the task does not say.
   */
  readonly lease?: Duration;
  /**
   * When Redis cannot be asked: skip the tick, and node-cron logs why (`fail`); skip it in silence (`skip`);
   * or run the function without a lock (`run`), here and on every node that cannot ask. Default `fail`.
   */
  readonly onRedisDown?: 'fail' | 'skip' | 'run';
  /** Told when a lease is lost while its function runs: another node may believe that this one is dead. */
  readonly onLeaseLost?: (run: Run) => void;
  /** Told how each tick ended here, e.g. who won it instead. What is broken is thrown, not told. */
  readonly onOutcome?: (outcome: TickOutcome) => void;
}

const SHAPES: Shapes<RedisCoordinatorOptions> = {
  early: DURATION,
  late: DURATION,
  waitTimeout: DURATION,
  lease: DURATION,
  onRedisDown: oneOf('fail', 'skip', 'run'),
  onLeaseLost: FUNCTION,
  onOutcome: FUNCTION,
  ...ELECTION_SHAPES,
};

/** The options, read and checked. */
export interface CoordinatorTerms extends ElectionTerms {
  readonly election: Pick<Election, 'within' | 'waitTimeout' | 'turns'>;
  readonly tolerance: Tolerance;
  /** ms; undefined where each task has its own. */
  readonly lease: number | undefined;
  readonly onRedisDown: 'fail' | 'skip' | 'run';
}

/** @throws Failure `usage` naming the option and what is allowed */
export function readCoordinatorOptions(
  options: RedisCoordinatorOptions,
  hostname: string,
): CoordinatorTerms {
  checkOptions(options, SHAPES);
  const terms = readElectionOptions(options, hostname);
  const waitTimeout = duration(options, 'waitTimeout');
  // Slots that wait for one another would pile up.
  if (terms.bid.overlap === 'wait' && waitTimeout === undefined) {
    throw usage(
      "overlap: 'wait' needs a waitTimeout: node-cron does not tell when the next slot is",
    );
  }
  return {
    ...terms,
    election: { ...terms.election, waitTimeout: waitTimeout ?? 0 },
    tolerance: { early: duration(options, 'early'), late: duration(options, 'late') },
    lease: duration(options, 'lease'),
    onRedisDown: options.onRedisDown ?? DEFAULTS.onRedisDown,
  };
}
