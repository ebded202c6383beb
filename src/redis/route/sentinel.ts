import { Failure, quote } from '../../core/errors.js';
import { StopSwitch } from '../../core/stop.js';
import { Refusal } from '../failures.js';
import { hostAndPort } from '../label.js';
import type { Link } from '../link.js';
import type { RedisTarget, Server, Topology } from '../target.js';
import { countdown } from './countdown.js';
import { findMaster } from './find-master.js';
import { inTime } from './in-time.js';
import { Links } from './links.js';
import type { Route, Sending } from './route.js';

type SentinelTopology = Extract<Topology, { readonly kind: 'sentinel' }>;

/** The Sentinels have users of their own, and no databases. */
export function sentinelServers(
  { tls, sentinelCredentials: credentials }: RedisTarget,
  { sentinels }: SentinelTopology,
): readonly Server[] {
  return sentinels.map((place) => {
    return { place, ...(tls && { tls }), credentials, db: 0, label: hostAndPort(place) };
  });
}

/** The master that the Sentinels name, asked for anew once its connection is of no use. */
export class SentinelRoute implements Route {
  readonly #target: RedisTarget;
  readonly #master: string;
  /** The one that answered last comes first. */
  #sentinels: readonly Server[];
  /** Known to lead to a master. */
  #link: Link | undefined;
  readonly #links: Links;
  #finding: Promise<Link> | undefined;
  readonly #over = new StopSwitch();

  constructor(target: RedisTarget, topology: SentinelTopology, links = new Links()) {
    this.#target = target;
    this.#links = links;
    this.#master = topology.master;
    this.#sentinels = sentinelServers(target, topology);
  }

  async ask<T>(_: string, send: (sending: Sending) => Promise<T>, within: number): Promise<T> {
    const left = countdown(within);
    const link = await this.#masterLink(left);
    return send({ link, within: left(), asking: false });
  }

  close(): void {
    this.#over.request();
    this.#links.close();
  }

  async #masterLink(left: () => number): Promise<Link> {
    if (this.#link?.usable) return this.#link;
    if (this.#finding !== undefined) {
      // Whoever began it may have more time.
      const message = `the master ${quote(this.#master)} was not found in time`;
      return inTime(this.#finding, left(), message);
    }
    this.#finding = this.#connect(left).finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #connect(left: () => number): Promise<Link> {
    const { place, by } = await findMaster(
      this.#sentinels,
      this.#master,
      left,
      this.#over,
      this.#links,
    );
    this.#sentinels = [by, ...this.#sentinels.filter((sentinel) => sentinel !== by)];
    const label = `${hostAndPort(place)}, the master of ${this.#master},`;
    const link = this.#links.to({ ...this.#target, place, label });
    await expectMaster(link, label, left());
    this.#link = link;
    return link;
  }
}

/** Sentinels may name a server that has been demoted, or is not promoted yet. */
async function expectMaster(link: Link, label: string, within: number): Promise<void> {
  try {
    const reply = await link.command(['ROLE'], within);
    if (Array.isArray(reply) && reply[0] === 'master') return;
  } catch (error) {
    // Without the right to ask, a replica still shows itself: it is read-only.
    if (error instanceof Refusal && error.code === 'NOPERM') return;
    link.close();
    throw error;
  }
  link.close();
  throw new Failure('unavailable', `Redis at ${label} is a replica: a failover is under way`);
}
