import type { Answer, Bid, ClaimStore, Run, RunEnd } from '../core/claim.js';
import type { RedisAddress } from './address.js';
import { type JobKeys, jobKeys } from './keys.js';
import { Link } from './link.js';
import CLAIM from './lua/claim.lua';
import FINISH from './lua/finish.lua';
import RENEW from './lua/renew.lua';
import { readAnswer, readFlag } from './replies.js';

/** Claims on one Redis server. Connects at once; a broken connection is replaced at the next call. */
export class RedisStore implements ClaimStore {
  readonly #address: RedisAddress;
  readonly #prefix: string;
  #link: Link;

  constructor(address: RedisAddress, prefix: string) {
    this.#address = address;
    this.#prefix = prefix;
    this.#link = new Link(address);
  }

  async claim(bid: Bid, within: number): Promise<Answer> {
    const { slot, owner, node, winners, retain, lease, overlap, again } = bid;
    const keys = this.#keys(bid.key);
    const reply = await this.#usableLink().evaluate(
      CLAIM,
      [keys.slot(slot.id), keys.run(slot.id), keys.state],
      [
        owner,
        node,
        slot.id,
        ...(slot.due ? [slot.due.at, slot.due.early, slot.due.late].map(String) : ['', '', '']),
        ...[winners, retain, lease].map(String),
        overlap,
        again ? '1' : '0',
      ],
      within,
    );
    return readAnswer(reply, bid);
  }

  async renew(run: Run, lease: number, within: number): Promise<boolean> {
    const reply = await this.#usableLink().evaluate(
      RENEW,
      [this.#keys(run.key).state],
      [run.owner, run.slot.id, String(run.rank), String(lease)],
      within,
    );
    return readFlag(reply, 'held', 'lost');
  }

  async finish(run: Run, end: RunEnd, within: number): Promise<boolean> {
    const keys = this.#keys(run.key);
    const reply = await this.#usableLink().evaluate(
      FINISH,
      [keys.run(run.slot.id), keys.state],
      [run.owner, run.slot.id, String(run.rank), end.state, String(end.exit)],
      within,
    );
    return readFlag(reply, 'recorded', 'foreign');
  }

  close(): void {
    this.#link.close();
  }

  #keys(job: string): JobKeys {
    return jobKeys(this.#prefix, job);
  }

  #usableLink(): Link {
    if (!this.#link.usable) this.#link = new Link(this.#address);
    return this.#link;
  }
}
