import { closed } from '../failures.js';
import { Link } from '../link.js';
import type { Server } from '../target.js';

/** The connections of a route: those that are asked, and those on which somebody waits for an answer yet. */
export class Links {
  readonly #pace: number;
  readonly #links = new Set<Link>();
  /** When the next connection to a server may begin, by label; ms of performance.now(). */
  readonly #turns = new Map<string, number>();
  #closed = false;

  /**
   * @param pace ms between the beginnings of two connections to a server: what refuses one question is
   *   refusing many, and each of those who ask would connect anew
   */
  constructor(pace = 0) {
    this.#pace = pace;
  }

  /** A new connection. @throws NoAnswer after `close` */
  to(server: Server): Link {
    if (this.#closed) throw closed();
    for (const link of this.#links) if (link.ended) this.#links.delete(link);
    const link = new Link(server, this.#pace === 0 ? 0 : this.#waitFor(server.label));
    this.#links.add(link);
    return link;
  }

  /** Ends all now; never waits for a server. */
  close(): void {
    this.#closed = true;
    for (const link of this.#links) link.close();
  }

  #waitFor(label: string): number {
    const now = performance.now();
    for (const [server, turn] of this.#turns) if (turn <= now) this.#turns.delete(server);
    const turn = this.#turns.get(label) ?? now;
    this.#turns.set(label, turn + this.#pace);
    return turn - now;
  }
}
