/**
 * The assignments above a line, each on top of the earlier ones. All lines share them, so that a file in
 * which every other line is an assignment costs no more than its length.
 */
export class Environment implements Iterable<readonly [string, string]> {
  static readonly EMPTY = new Environment();

  private constructor(
    private readonly newest?: { readonly name: string; readonly value: string },
    private readonly earlier?: Environment,
  ) {}

  with(name: string, value: string): Environment {
    return new Environment({ name, value }, this);
  }

  /** The value that is in effect. */
  get(name: string): string | undefined {
    for (const assignment of this.newestFirst()) {
      if (assignment.name === name) return assignment.value;
    }
    return undefined;
  }

  /** Each name once, with the value in effect, in the order of the names' first assignments. */
  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    yield* new Map([...this.newestFirst()].reverse().map(({ name, value }) => [name, value]));
  }

  private *newestFirst(): Iterable<{ readonly name: string; readonly value: string }> {
    for (let at: Environment | undefined = this; at?.newest !== undefined; at = at.earlier) {
      yield at.newest;
    }
  }
}
