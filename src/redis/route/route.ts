import type { Link } from '../link.js';

/** One question to the server that keeps a job's keys. */
export interface Sending {
  readonly link: Link;
  /** ms that are left for it. */
  readonly within: number;
  /** A cluster is moving the keys, and sent us to this node for this once. */
  readonly asking: boolean;
}

/** The way to the server that keeps a job's keys. Connections that broke are replaced. */
export interface Route {
  /**
   * Asks the server that keeps `key`. `send` is called again where a cluster redirects it, on
   * another connection; all that it asks on one connection reaches the same server.
   *
   * @param within ms, finding the server included
   * @throws Failure what `send` throws, or that there is no such server
   */
  ask<T>(key: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T>;
  /** Ends all connections now; never waits for a server. */
  close(): void;
}
