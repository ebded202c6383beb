import type {
  Answer,
  Bid,
  Claimed,
  ClaimStore,
  Renewal,
  Run,
  RunEnd,
  StandbyAnswer,
} from '../core/claim.js';
import type { Stop } from '../core/stop.js';
import { type JobKeys, jobKeys } from './keys.js';
import { Link } from './link.js';
import CLAIM from './lua/claim.lua';
import COMMON from './lua/common.lua';
import FINISH from './lua/finish.lua';
import RENEW from './lua/renew.lua';
import TAKE_OVER from './lua/take-over.lua';
import { readAnswer, readEnd, readRenewal, readRetry, readStandby } from './replies.js';
import type { Server } from './target.js';

/** Claims on one Redis server. Connects at once; a broken connection is replaced at the next call. */
export class RedisStore implements ClaimStore {
  readonly #server: Server;
  readonly #prefix: string;
  #link: Link;

  constructor(server: Server, prefix: string) {
    this.#server = server;
    this.#prefix = prefix;
    this.#link = new Link(server);
  }

  async claim(bid: Bid, again: boolean, within: number): Promise<Answer> {
    const { slot, owner, node, winners, retain, lease, overlap, command, version } = bid;
    const due = slot.due ? [slot.due.at, slot.due.early, slot.due.late] : ['', '', ''];
    const terms = [winners, retain, lease, overlap, again ? '1' : '0', command, version];
    const args = [owner, node, slot.id, ...due, ...terms];
    return readAnswer(await this.#run(CLAIM, bid, args, within), bid);
  }

  async takeOver(bid: Bid, turns: number, within: number): Promise<StandbyAnswer> {
    const { slot, owner, node, winners, lease, overlap, command, version } = bid;
    const args = [owner, node, slot.id, winners, lease, overlap, turns, command, version];
    return readStandby(await this.#run(TAKE_OVER, bid, args, within), bid);
  }

  async renew(run: Run, within: number): Promise<Renewal> {
    const { owner, node, slot, rank, retain, lease, overlap, attempt, fence, turn } = run;
    const terms = [slot.due?.at ?? '', retain, lease, overlap];
    const record = [attempt, fence, run.startedAt, run.command, run.version, turn];
    const args = [owner, node, slot.id, rank, ...terms, ...record];
    return readRenewal(await this.#run(RENEW, run, args, within));
  }

  async retry(run: Run, end: RunEnd, within: number): Promise<Run | undefined> {
    return readRetry(await this.#end(run, 'again', end, within), run);
  }

  async finish(claimed: Claimed, end: RunEnd, within: number): Promise<boolean> {
    return readEnd(await this.#end(claimed, end.state, end, within));
  }

  async nextEvent(key: string, since: string, within: number, stop: Stop): Promise<void> {
    const link = this.#usableLink();
    // A blocked connection answers nothing else, so it is given up for the next question.
    const cancel = stop.whenRequested(() => link.close());
    try {
      await link.waitForEntry(this.#keys(key).history, since, within);
    } catch (error) {
      if (!stop.requested) throw error;
    } finally {
      cancel();
    }
  }

  close(): void {
    this.#link.close();
  }

  #end(claimed: Claimed, state: string, end: RunEnd, within: number): Promise<unknown> {
    const { owner, slot, rank, attempt, lease } = claimed;
    const args = [owner, slot.id, rank, attempt, state, end.exit, lease, slot.due?.at ?? ''];
    const more = [
      end.leaseLost ? 1 : 0,
      ...(end.signal === undefined ? [] : ['signal', end.signal]),
      ...(end.output === undefined ? [] : ['output', end.output]),
    ];
    return this.#run(FINISH, claimed, [...args, ...more], within);
  }

  #run(
    script: string,
    { key, slot }: Bid,
    args: readonly (string | number)[],
    within: number,
  ): Promise<unknown> {
    const keys = this.#keys(key);
    return this.#usableLink().evaluate(
      COMMON + script,
      [keys.slot(slot.id), keys.run(slot.id), keys.state, keys.history],
      args.map(String),
      within,
    );
  }

  #keys(job: string): JobKeys {
    return jobKeys(this.#prefix, job);
  }

  #usableLink(): Link {
    if (!this.#link.usable) this.#link = new Link(this.#server);
    return this.#link;
  }
}
