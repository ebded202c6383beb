/** ms that a start waits at most for what other bids are answered. */
const PATIENCE = 50;

/**
 * When jobs are started: after the bids of their tick have been answered, and one in each turn of the event
 * loop. To start a hundred takes a process half a second: what Redis has answered to the others is heard
 * before, and leases are renewed in between.
 */
export class Turns {
  #unanswered = 0;
  #allAnswered = () => {};
  #last = Promise.resolve();

  /** One more bid is out. @returns what is to be called when it is answered, or given up */
  bid(): () => void {
    let isOut = true;
    const answered = () => {
      if (!isOut) return;
      isOut = false;
      clearTimeout(timer);
      this.#unanswered--;
      if (this.#unanswered === 0) this.#allAnswered();
    };
    const timer = setTimeout(answered, PATIENCE);
    this.#unanswered++;
    return answered;
  }

  /** Resolves when the next job may be started. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => this.#answers()).then(() => new Promise(setImmediate));
    return this.#last;
  }

  #answers(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#allAnswered = resolve;
    });
  }
}
