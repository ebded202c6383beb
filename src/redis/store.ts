import type {
  Answer,
  Bid,
  Claimed,
  ClaimStore,
  NoLock,
  Renewal,
  Run,
  RunEnd,
  StandbyAnswer,
  UnlockedNote,
  UnlockedRun,
} from '../core/claim.js';
import { inTheWayOf, reasonOf } from '../core/no-lock.js';
import type { Stop } from '../core/stop.js';
import { askDurably, type Durability } from './durability.js';
import { type Evaluate, evaluateWhole } from './evaluate.js';
import type { Events } from './events/events.js';
import { EventsOnRoute } from './events/events-on-route.js';
import { type JobKeys, jobKeys, jobsKey, noKey } from './keys.js';
import CLAIM from './lua/claim.lua';
import FINISH from './lua/finish.lua';
import NOTE_UNLOCKED from './lua/note-unlocked.lua';
import REACH from './lua/reach.lua';
import RENEW from './lua/renew.lua';
import TAKE_OVER from './lua/take-over.lua';
import WITHDRAW from './lua/withdraw.lua';
import {
  checkNoted,
  checkThere,
  isOfYoungJob,
  readAnswer,
  readEnd,
  readRenewal,
  readRetry,
  readStandby,
} from './replies.js';
import type { Route } from './route/route.js';

export interface StoreOptions {
  /** Begins all our keys. */
  readonly prefix: string;
  /** What a decision must have survived; missing: one server's word is enough. */
  readonly durability?: Durability;
}

/** What is asked of one master of several. */
export interface Vote {
  /** How long it counts without being confirmed, ms. */
  readonly lasts: number;
  /** The rank that another master has voted for already. */
  readonly rank?: number;
}

/** What a reply says, and whether that binds us: then it must be durable. */
interface Reading<T> {
  read(reply: unknown): T;
  binds(answer: T): boolean;
}

/** How a store asks. Unless given: as suits one question after the other. */
export interface Manner {
  readonly evaluate: Evaluate;
  readonly events: Events;
}

/** Claims on the one server, of whatever topology, that keeps a job's keys. */
export class RedisStore implements ClaimStore {
  readonly #route: Route;
  readonly #options: StoreOptions;
  readonly #manner: Manner;

  constructor(
    route: Route,
    options: StoreOptions,
    manner: Manner = { evaluate: evaluateWhole, events: new EventsOnRoute(route) },
  ) {
    this.#route = route;
    this.#options = options;
    this.#manner = manner;
  }

  /** @param vote asks for a vote instead of a decision */
  claim(bid: Bid, again: boolean, within: number, vote?: Vote): Promise<Answer> {
    const { slot, owner, node, winners, retain, lease, overlap, command, version, schedule } = bid;
    const due = slot.due ? [slot.due.at, slot.due.early, slot.due.late] : ['', '', ''];
    const terms = [winners, retain, lease, overlap, again ? '1' : '0', command, version, schedule];
    const args = [owner, node, slot.id, ...due, ...terms, ...voteArgs(vote), bid.shadow ? 1 : 0];
    return this.#decide(CLAIM, bid, args, within, {
      read: (reply) => {
        if (isOfYoungJob(reply)) this.#register(bid.key, within);
        return readAnswer(reply, bid);
      },
      binds: ({ verdict }) => verdict.kind === 'won' || verdict.kind === 'waiting',
    });
  }

  /** @param vote asks for a vote instead of a decision */
  takeOver(bid: Bid, turns: number, within: number, vote?: Vote): Promise<StandbyAnswer> {
    const { slot, owner, node, winners, lease, overlap, command, version } = bid;
    const terms = [winners, lease, overlap, turns, command, version];
    const args = [owner, node, slot.id, ...terms, ...voteArgs(vote)];
    return this.#decide(TAKE_OVER, bid, args, within, {
      read: (reply) => readStandby(reply, bid),
      binds: ({ kind }) => kind === 'won',
    });
  }

  /** Takes a vote back; what has become a decision stays. */
  withdraw(bid: Bid, within: number): Promise<boolean> {
    const reading = { read: readEnd, binds: () => false };
    return this.#decide(WITHDRAW, bid, [bid.owner, bid.slot.id], within, reading);
  }

  /** @param vouched a majority of several masters holds the run, whatever this one has missed */
  renew(run: Run, within: number, vouched = false): Promise<Renewal> {
    const { owner, node, slot, rank, retain, lease, overlap, attempt, fence, turn } = run;
    const terms = [slot.due?.at ?? '', retain, lease, overlap];
    const record = [attempt, fence, run.startedAt, run.command, run.version, turn];
    const args = [owner, node, slot.id, rank, ...terms, ...record, vouched ? 1 : 0];
    // The next renewal says the same again: what a failover forgets of it is no loss.
    return this.#decide(RENEW, run, args, within, { read: readRenewal, binds: () => false });
  }

  retry(run: Run, end: RunEnd, within: number): Promise<Run | undefined> {
    return this.#end(run, 'again', end, within, (reply) => readRetry(reply, run));
  }

  finish(claimed: Claimed, end: RunEnd, within: number): Promise<boolean> {
    return this.#end<boolean>(claimed, end.state, end, within, readEnd);
  }

  noteUnlocked({ run, ended }: UnlockedNote, within: number): Promise<void> {
    const { key, owner, node, slot, attempt, startedAt, command, version, retain } = run;
    const keys = this.#keys(key);
    const record = [attempt, startedAt, command, version, ended?.end.state ?? 'unlocked', retain];
    const end = ended && ['ended', ended.at, 'exit', ended.end.exit, ...extrasOf(ended.end)];
    const names = [keys.unlocked(owner), keys.run(slot.id), keys.state, keys.history];
    const args = [owner, node, slot.id, ...record, ...shadowOf(run), ...(end ?? [])];
    const reading = { read: checkNoted, binds: () => false };
    return this.#evaluate(NOTE_UNLOCKED, key, names, args, within, reading);
  }

  nextEvent(key: string, since: string, within: number, stop: Stop): Promise<void> {
    const { history } = this.#keys(key);
    return this.#manner.events.next({ job: key, stream: history, since }, within, stop);
  }

  reach(within: number): Promise<void> {
    const key = noKey(this.#options.prefix);
    // What a claim must have survived is asked for as well.
    const reading = { read: checkThere, binds: () => true };
    return this.#evaluate(REACH, key, [key], [], within, reading);
  }

  close(): void {
    this.#manner.events.close();
    this.#route.close();
  }

  /**
   * So that the job can be found. Its first winners do it, while the job runs: nothing depends on it, and
   * on a cluster it is another node's business.
   */
  #register(job: string, within: number): void {
    const jobs = jobsKey(this.#options.prefix);
    const add: Parameters<Route['ask']>[1] = ({ link, within }) =>
      link.command(['SADD', jobs, job], within);
    this.#route.ask(jobs, add, within).catch(() => {});
  }

  #end<T>(
    claimed: Claimed,
    state: string,
    end: RunEnd,
    within: number,
    read: (reply: unknown) => T,
  ): Promise<T> {
    const { owner, slot, rank, attempt, lease } = claimed;
    const args = [owner, slot.id, rank, attempt, state, end.exit, lease, slot.due?.at ?? ''];
    const mark = claimed.shadow ? ['shadow', 'won'] : [];
    const more = [end.leaseLost ? 1 : 0, ...mark, ...extrasOf(end)];
    // An end that a failover forgets would be taken over, and run twice.
    const binds = (answer: T) => Boolean(answer);
    return this.#decide<T>(FINISH, claimed, [...args, ...more], within, { read, binds });
  }

  #decide<T>(
    script: string,
    { key, slot }: Bid,
    args: readonly (string | number)[],
    within: number,
    reading: Reading<T>,
  ): Promise<T> {
    const keys = this.#keys(key);
    const names = [keys.slot(slot.id), keys.run(slot.id), keys.state, keys.history, keys.nodes];
    return this.#evaluate(script, key, names, args, within, reading);
  }

  /** Runs a script where the job's keys are. */
  async #evaluate<T>(
    script: string,
    key: string,
    names: readonly string[],
    args: readonly (string | number)[],
    within: number,
    reading: Reading<T>,
  ): Promise<T> {
    const { durability } = this.#options;
    const { evaluate } = this.#manner;
    return this.#route.ask(
      key,
      async (sending) => {
        const ask = async (ms: number) =>
          reading.read(await evaluate({ ...sending, within: ms }, script, names, args.map(String)));
        if (durability === undefined) return ask(sending.within);
        return askDurably(sending.link, durability, sending.within, ask, reading.binds);
      },
      within,
    );
  }

  #keys(job: string): JobKeys {
    return jobKeys(this.#options.prefix, job);
  }
}

function voteArgs(vote: Vote | undefined): (number | string)[] {
  return [vote?.lasts ?? '', vote?.rank ?? ''];
}

/** What else the history is to say of a run in shadow: what its bid came to, and who was in the way. */
function shadowOf({ shadow, unlocked }: UnlockedRun<NoLock>): readonly string[] {
  if (!shadow) return [];
  const { node, slot } = inTheWayOf(unlocked);
  return [
    ...['shadow', reasonOf(unlocked)],
    ...(node === undefined ? [] : ['holder', node]),
    ...(slot === undefined ? [] : ['by', slot]),
  ];
}

/** What else the history is to say of an end: name, value, … */
function extrasOf({ signal, output }: RunEnd): readonly string[] {
  return [
    ...(signal === undefined ? [] : ['signal', signal]),
    ...(output === undefined ? [] : ['output', output]),
  ];
}
