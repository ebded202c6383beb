import type { Clock } from '../../src/core/clock.js';

/** A clock that moves only when told to, for what must not depend on real time. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers: { readonly due: number; readonly callback: () => void }[] = [];

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  random(): number {
    return 0.5;
  }

  get waiting(): number {
    return this.#timers.length;
  }

  /** Time goes by, and whatever waited for it is called when it is due. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const [next] = this.#timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** The process was suspended: time has gone by, and nothing was called meanwhile. */
  suspend(ms: number): void {
    this.#now += ms;
  }
}

/** Lets everything that waits for no timer go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
