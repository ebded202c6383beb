import { Failure, NoAnswer } from '../../core/errors.js';
import { Redirection, Refusal, whyNone } from '../failures.js';
import { hostAndPort } from '../label.js';
import type { Link } from '../link.js';
import type { RedisTarget, TcpPlace, Topology } from '../target.js';
import { countdown } from './countdown.js';
import { Links } from './links.js';
import type { Route, Sending } from './route.js';

/** Redirections that a question follows; more of them go in circles. */
const MOST_HOPS = 5;

/**
 * The nodes of a cluster. Any node is asked, and names the one that keeps the key: the map of all
 * slots, which clients load to spread many keys, would cost every start more than it spares.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding
 */
export class ClusterRoute implements Route {
  readonly #target: RedisTarget;
  /** The one that failed last comes last. */
  #nodes: readonly TcpPlace[];
  /** Which node keeps a key, as far as we were told. */
  readonly #keepers = new Map<string, TcpPlace>();
  /** The newest to each node. */
  readonly #newest = new Map<string, Link>();
  readonly #links: Links;
  #closed = false;

  constructor(
    target: RedisTarget,
    topology: Extract<Topology, { readonly kind: 'cluster' }>,
    links = new Links(),
  ) {
    this.#target = target;
    this.#links = links;
    this.#nodes = topology.seeds;
  }

  async ask<T>(key: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T> {
    const left = countdown(within);
    const failures: Failure[] = [];
    const places = this.#placesFor(key);
    for (const [index, place] of places.entries()) {
      // A silent node takes no more than its share; the one that keeps the key has all the time.
      const isKeeper = place === this.#keepers.get(key);
      const share = isKeeper ? left() : left() / (places.length - index);
      try {
        return await this.#follow(key, place, send, share, left);
      } catch (error) {
        this.#distrust(key, place);
        if (this.#closed || !isWorthAnotherNode(error, isKeeper)) throw error;
        failures.push(error);
      }
    }
    throw whyNone('no node of the cluster answers', failures);
  }

  close(): void {
    this.#closed = true;
    this.#links.close();
  }

  #placesFor(key: string): readonly TcpPlace[] {
    const keeper = this.#keepers.get(key);
    if (keeper === undefined) return this.#nodes;
    return [keeper, ...this.#nodes.filter((node) => hostAndPort(node) !== hostAndPort(keeper))];
  }

  /** Asks at `first`, and where it says that another node has the answer. */
  async #follow<T>(
    key: string,
    first: TcpPlace,
    send: (sending: Sending) => Promise<T>,
    share: number,
    left: () => number,
  ): Promise<T> {
    let place = first;
    let asking = false;
    for (let hops = 0; hops <= MOST_HOPS; hops++) {
      try {
        const within = hops === 0 ? share : left();
        return await send({ link: this.#linkTo(place), within, asking });
      } catch (error) {
        if (!(error instanceof Redirection)) throw error;
        const { host, port } = error.to;
        place = { kind: 'tcp', host: host === '' ? place.host : host, port };
        asking = error.code === 'ASK';
        if (!asking) this.#keepers.set(key, place);
      }
    }
    throw new Failure('unavailable', `the cluster at ${this.#target.label} redirects in circles`);
  }

  #linkTo(place: TcpPlace): Link {
    const label = hostAndPort(place);
    const known = this.#newest.get(label);
    if (known?.usable) return known;
    // Nodes come and go.
    for (const [node, link] of this.#newest) if (!link.usable) this.#newest.delete(node);
    const link = this.#links.to({ ...this.#target, place, label: `${label} (cluster)` });
    this.#newest.set(label, link);
    return link;
  }

  #distrust(key: string, place: TcpPlace): void {
    this.#keepers.delete(key);
    const others = this.#nodes.filter((node) => node !== place);
    if (others.length < this.#nodes.length) this.#nodes = [...others, place];
  }
}

/**
 * Not so where the question may have been heard: whoever asked must know that it asks again. Of the nodes that
 * were named to begin with, one may be anything: the others may know better.
 */
function isWorthAnotherNode(error: unknown, isKeeper: boolean): error is Failure {
  if (error instanceof NoAnswer) return !error.maybeApplied;
  if (error instanceof Refusal && error.connectAnew) return true;
  return error instanceof Failure && error.kind !== 'unavailable' && !isKeeper;
}
