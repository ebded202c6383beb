import { Link } from '../link.js';
import type { Server } from '../target.js';
import type { Route, Sending } from './route.js';

/** One server for all jobs. Connects at once. */
export class SingleRoute implements Route {
  readonly #server: Server;
  #link: Link;
  #closed = false;

  constructor(server: Server) {
    this.#server = server;
    this.#link = new Link(server);
  }

  ask<T>(_: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T> {
    if (!this.#link.usable && !this.#closed) this.#link = new Link(this.#server);
    return send({ link: this.#link, within, asking: false });
  }

  close(): void {
    this.#closed = true;
    this.#link.close();
  }
}
