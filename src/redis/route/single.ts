import type { Link } from '../link.js';
import type { Server } from '../target.js';
import { Links } from './links.js';
import type { Route, Sending } from './route.js';

/** One server for all jobs. Connects at once. */
export class SingleRoute implements Route {
  readonly #server: Server;
  readonly #links: Links;
  #link: Link;
  #closed = false;

  constructor(server: Server, links = new Links()) {
    this.#server = server;
    this.#links = links;
    this.#link = links.to(server);
  }

  ask<T>(_: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T> {
    if (!this.#link.usable && !this.#closed) this.#link = this.#links.to(this.#server);
    return send({ link: this.#link, within, asking: false });
  }

  close(): void {
    this.#closed = true;
    this.#links.close();
  }
}
