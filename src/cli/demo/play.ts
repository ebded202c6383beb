import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { slotId } from '../../core/slot.js';
import { checkJournal, type Findings, type JournalEntry, readJournal } from './journal.js';
import { type BidEnd, bid, type Crontab, type LiveBid } from './node.js';
import { clockOf, type Table } from './table.js';

export interface Stage {
  readonly fleet: readonly string[];
  readonly crontab: Crontab;
  /** How long a dead node's lease outlives it, ms. */
  readonly lease: number;
  /** The file that the jobs append to. */
  readonly journal: string;
  readonly table: Table;
  readonly show: (line: string) => void;
  /** The wall clock, ms since the epoch. */
  readonly now: () => number;
  /** Ends the play at the next moment. */
  readonly stopped: AbortSignal;
}

const ROUNDS = 5;
/** The round whose winner is killed; it misses the next one and is back for the one after. */
const DEATH = 2;

/** ms that a node may take to say goodbye when it is stopped. */
const GOODBYE = 3_000;

interface Death {
  readonly node: string;
  readonly slot: string;
  /** When its lease is over, ms since the epoch. */
  readonly forgotten: number;
}

/**
 * The scheduler fires on all nodes at once, slot after slot; one winner dies in mid-run.
 *
 * @returns what the jobs' own journal says about it
 * @throws what `stopped` was aborted with, once every process of the fleet is gone
 */
export async function play(stage: Stage): Promise<Findings> {
  const { fleet, table, show, stopped } = stage;
  const slots: string[] = [];
  const live = new Set<LiveBid>();
  const launch = (node: string, slot: string) => {
    const one = bid(node, slot, stage.crontab);
    live.add(one);
    void one.ended.then(() => live.delete(one));
    return one;
  };
  let dead: Death | undefined;

  try {
    show(table.header());
    for (let round = 1; round <= ROUNDS; round++) {
      const slot = await nextSlot(stage, dead?.forgotten ?? 0);
      slots.push(slot);
      const nodes = shuffled(fleet.filter((node) => node !== dead?.node));
      const bids = nodes.map((node) => launch(node, slot));
      const killed = round === DEATH ? await killWinner(bids, stopped) : undefined;
      const ends = await untilStopped(Promise.all(bids.map(({ ended }) => ended)), stopped);
      const entries = read(stage).filter((entry) => entry.slot === slot);
      show(table.row({ slot, entries, ends, killed }));

      if (dead !== undefined) {
        const late = await untilStopped(launch(dead.node, dead.slot).ended, stopped);
        show(table.note(comeback(late, dead.slot)));
        ends.push(late);
      }
      for (const line of ends.flatMap(complaints)) show(table.note(line));
      dead =
        killed === undefined
          ? undefined
          : { node: killed, slot, forgotten: stage.now() + stage.lease };
    }
  } finally {
    await sayGoodbye(live);
  }
  return checkJournal(read(stage), slots);
}

/** The next whole second that is not before `earliest`. */
async function nextSlot({ now, stopped }: Stage, earliest: number): Promise<string> {
  const at = Math.ceil(Math.max(now() + 1, earliest) / 1_000) * 1_000;
  await pause(at - now(), undefined, { signal: stopped });
  return slotId(at);
}

/** @returns the node that was killed; undefined when none ran */
async function killWinner(
  bids: readonly LiveBid[],
  stopped: AbortSignal,
): Promise<string | undefined> {
  const nobody = Promise.all(bids.map(({ ended }) => ended)).then(() => undefined);
  const running = bids.map((one) => one.running.then(() => one));
  const winner = await untilStopped(Promise.race([...running, nobody]), stopped);
  winner?.die();
  return winner?.node;
}

function read({ journal }: Stage): JournalEntry[] {
  return readJournal(readFileSync(journal, 'utf8'));
}

/** Whatever a node said that it would say in a crontab, too. */
function complaints({ node, said }: BidEnd): string[] {
  return said
    .filter(({ level }) => level === 'error' || level === 'warning')
    .map(({ message }) => `${node}: ${message}`);
}

function comeback({ node, said }: BidEnd, slot: string): string {
  const refused = said.some(({ event }) => event === 'not-elected');
  const answer = refused ? 'not elected, it stays claimed' : 'not refused';
  return `${node} is back and bids for ${clockOf(slot)} again: ${answer}`;
}

async function untilStopped<T>(promise: Promise<T>, stopped: AbortSignal): Promise<T> {
  stopped.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(stopped.reason);
    stopped.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopped.removeEventListener('abort', abort);
  }
}

async function sayGoodbye(live: ReadonlySet<LiveBid>): Promise<void> {
  for (const one of live) one.stop();
  const patience = setTimeout(() => {
    for (const one of live) one.die();
  }, GOODBYE);
  await Promise.all([...live].map(({ ended }) => ended));
  clearTimeout(patience);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
