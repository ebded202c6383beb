/**
 * Who bids for a slot stays its owner until there is an answer: a claim that Redis counted without our
 * hearing so is found to be ours when we ask again.
 */
export class Owners {
  readonly #randomId: () => string;
  /** By key: of the newest slot alone, since no older one is asked for again. */
  readonly #unanswered = new Map<string, { readonly slot: string; readonly owner: string }>();

  constructor(randomId: () => string) {
    this.#randomId = randomId;
  }

  of(key: string, slot: string): string {
    const known = this.#unanswered.get(key);
    if (known?.slot === slot) return known.owner;
    const owner = this.#randomId();
    this.#unanswered.set(key, { slot, owner });
    return owner;
  }

  answered(key: string, slot: string): void {
    if (this.#unanswered.get(key)?.slot === slot) this.#unanswered.delete(key);
  }
}
