import { Failure } from '../../core/errors.js';
import type { Link } from '../link.js';
import type { Server } from '../target.js';
import { Links } from './links.js';
import type { Route, Sending } from './route.js';

/** One server for all jobs. Connects at once. */
export class SingleRoute implements Route {
  readonly #server: Server;
  readonly #links: Links;
  #link: Link | undefined;

  constructor(server: Server, links = new Links()) {
    this.#server = server;
    this.#links = links;
    try {
      this.#link = links.to(server);
    } catch (error) {
      // A certificate that cannot be read: whoever asks is told, when it still is so.
      if (!(error instanceof Failure)) throw error;
    }
  }

  async ask<T>(_: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T> {
    if (!this.#link?.usable) this.#link = this.#links.to(this.#server);
    return send({ link: this.#link, within, asking: false });
  }

  close(): void {
    this.#links.close();
  }
}
