interface Setting {
  readonly value: string;
  /** How many assignments there were, this one counted. */
  readonly count: number;
}

/** All assignments of a crontab so far, by name, each name's from the first. */
type History = Map<string, Setting[]>;

/**
 * The assignments above a line, each on top of the earlier ones. All lines share them, so that a file in
 * which every other line is an assignment costs no more than its length.
 */
export class Environment implements Iterable<readonly [string, string]> {
  private constructor(
    /** May hold later ones, too. */
    private readonly history: History,
    private readonly count: number,
  ) {}

  static empty(): Environment {
    return new Environment(new Map(), 0);
  }

  /** To be called on the newest only: the assignments of a file follow each other. */
  with(name: string, value: string): Environment {
    const count = this.count + 1;
    const settings = this.history.get(name);
    if (settings === undefined) this.history.set(name, [{ value, count }]);
    else settings.push({ value, count });
    return new Environment(this.history, count);
  }

  /** The value that is in effect. */
  get(name: string): string | undefined {
    return this.newestOf(this.history.get(name) ?? [])?.value;
  }

  /** Each name once, with the value in effect, in the order of the names' first assignments. */
  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    for (const [name, settings] of this.history) {
      const newest = this.newestOf(settings);
      // Names that come later come behind.
      if (newest === undefined) return;
      yield [name, newest.value];
    }
  }

  /** Of those above the line, by halving: one name may be set again above each entry. */
  private newestOf(settings: readonly Setting[]): Setting | undefined {
    let newest: Setting | undefined;
    for (let low = 0, high = settings.length - 1; low <= high; ) {
      const middle = (low + high) >> 1;
      const setting = settings[middle];
      if (setting !== undefined && setting.count <= this.count) {
        newest = setting;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return newest;
  }
}
