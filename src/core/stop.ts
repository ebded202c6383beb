/** Told to stop: asked before each step, and listened to while waiting. */
export interface Stop {
  readonly requested: boolean;
  /** Calls back once when it is requested, at once if it was; returns what cancels it. */
  whenRequested(callback: () => void): () => void;
}

/** Nobody will ever say stop. */
export const NEVER: Stop = { requested: false, whenRequested: () => () => {} };

/** Told to stop by whichever comes first. */
export function anyOf(one: Stop, other: Stop): Stop {
  return {
    get requested() {
      return one.requested || other.requested;
    },
    whenRequested(callback) {
      const cancels = [one.whenRequested(callback), other.whenRequested(callback)];
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
  };
}

/** A stop and the hand on it. */
export class StopSwitch implements Stop {
  #requested = false;
  readonly #waiting = new Set<() => void>();

  get requested(): boolean {
    return this.#requested;
  }

  request(): void {
    this.#requested = true;
    for (const callback of this.#waiting) callback();
    this.#waiting.clear();
  }

  whenRequested(callback: () => void): () => void {
    if (this.#requested) callback();
    else this.#waiting.add(callback);
    return () => void this.#waiting.delete(callback);
  }
}
