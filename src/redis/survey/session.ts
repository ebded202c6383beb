import { Failure } from '../../core/errors.js';
import { Link } from '../link.js';
import type { Server } from '../target.js';
import { type Answered, refusal } from './answered.js';

/** So often may a server stay silent before it is asked nothing more. */
const MOST_SILENCES = 2;

/** Questions to one server, one after the other; a broken connection is replaced at the next. */
export class Session {
  readonly #server: Server;
  readonly #within: number;
  #link: Link;
  readonly #silences: Failure[] = [];

  /** @param within ms for one answer. Connects at once. */
  constructor(server: Server, within: number) {
    this.#server = server;
    this.#within = within;
    this.#link = new Link(server);
  }

  /** When the server's certificate ends, ms since the epoch. */
  get certificateEnds(): number | undefined {
    return this.#link.certificateEnds;
  }

  /** Whether the next question finds us logged in still: a refusal of the login ends the connection. */
  get usable(): boolean {
    return this.#link.usable;
  }

  /** @throws Failure */
  async question(args: readonly string[], within = this.#within): Promise<unknown> {
    if (!this.#link.usable) this.#link = new Link(this.#server);
    return this.#link.command(args, within);
  }

  /** Never throws a Failure: that the server refuses to say is worth knowing. */
  async ask(...args: readonly string[]): Promise<Answered<unknown>> {
    const [last] = this.#silences.slice(MOST_SILENCES - 1);
    if (last !== undefined) return refusal(last);
    try {
      return { kind: 'answered', value: await this.question(args) };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#link.usable) this.#silences.push(error);
      return refusal(error);
    }
  }

  close(): void {
    this.#link.close();
  }
}
