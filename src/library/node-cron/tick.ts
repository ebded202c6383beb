import type { RunEnd } from '../../core/claim.js';

/** How a function ended: the value of its run, and the record. */
interface Ended {
  readonly value: 'done' | 'failed';
  readonly end: RunEnd;
}

const DONE: Ended = { value: 'done', end: { state: 'done', exit: 0 } };
const FAILED: Ended = { value: 'failed', end: { state: 'failed', exit: 1 } };

/**
 * One tick of a task, from node-cron's question to the end of its function. What is one job to an
 * election (begin it, learn how it ended) is two calls of node-cron (shall it run, it has ended).
 *
 * @template R what the function is told about its run
 */
export class Tick<R> {
  /** Resolves once the function is to run. */
  readonly elected: Promise<void>;
  readonly #leaseLost = new AbortController();
  #elect = () => {};
  #complete: (ended: Ended) => void = () => {};
  #hasFailed = false;
  #run: R | undefined;

  constructor() {
    this.elected = new Promise((resolve) => {
      this.#elect = resolve;
    });
  }

  /** Aborted when the run has no lease any more. */
  get leaseLost(): AbortSignal {
    return this.#leaseLost.signal;
  }

  /** The run that is to be made now; undefined before the election. */
  get run(): R | undefined {
    return this.#run;
  }

  /** Has node-cron run the function. @returns how that ended, once it has */
  begin(run: R): Promise<Ended> {
    return new Promise((resolve) => {
      this.#run = run;
      this.#complete = resolve;
      this.#elect();
    });
  }

  loseLease(): void {
    this.#leaseLost.abort();
  }

  /** The function has thrown: node-cron does not tell. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** The function has ended. */
  complete(): void {
    this.#complete(this.#hasFailed ? FAILED : DONE);
  }

  /** The function is waited for no longer. */
  abandon(): void {
    this.loseLease();
    this.fail();
    this.complete();
  }
}
