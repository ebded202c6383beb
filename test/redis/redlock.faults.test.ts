import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bid, ClaimStore, Run } from '../../src/core/claim.js';
import { type Elected, elect } from '../../src/core/elect.js';
import { NEVER } from '../../src/core/stop.js';
import { systemClock } from '../../src/system-clock.js';
import { callsOf } from '../support/info.js';
import { failOnLeaks } from '../support/leaks.js';
import { leaseEnd } from '../support/lease-end.js';
import { type Masters, startMasters } from '../support/masters.js';
import type { RedisServer } from '../support/redis-server.js';
import { AGREEMENT } from '../support/server-group.js';
import { storeAt } from '../support/store.js';
import { untilAtLeast } from '../support/until.js';

failOnLeaks();

const CONTENDERS = 20;
/** The default of --redis-timeout, ms. */
const WITHIN = 5_000;
/** ms within which there must be a winner while all masters answer. */
const SOON = 2_000;

let masters: Masters;
let folder: string;
/** Of its own for every test: a master that wakes executes what it was asked in the one before. */
let key: string;
let opened: ClaimStore[];
beforeAll(async () => {
  masters = await startMasters(5, { config: { unixsocket: 'redis.sock' } });
  folder = mkdtempSync(join(tmpdir(), 'nodes-'));
});
afterAll(async () => {
  await masters.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  key = randomBytes(8).toString('hex');
  opened = [];
});
afterEach(async () => {
  for (const store of opened) store.close();
  for (const server of masters.servers) server.resume();
  await Promise.all(
    masters.servers.map(async (server) => {
      if (!server.isAwake) await server.restart();
    }),
  );
});

/** The masters as a node sees them that cannot reach some of them: in the order in which it asks. */
function urlsWithout(...missing: readonly number[]): readonly string[] {
  const view = mkdtempSync(join(folder, 'node-'));
  return masters.servers.map((server, i) => {
    const socket = join(view, `${i}.sock`);
    if (!missing.includes(i)) symlinkSync(join(server.folder, 'redis.sock'), socket);
    return `unix://${socket}`;
  });
}

function open(...missing: readonly number[]): ClaimStore {
  const store = storeAt(...urlsWithout(...missing));
  opened.push(store);
  return store;
}

function master(index: number): RedisServer {
  const server = masters.servers[index];
  if (server === undefined) throw new Error(`no master ${index}`);
  return server;
}

const bidOf = (slot: string, more: Partial<Bid> = {}): Bid => ({
  key,
  slot: { id: slot },
  owner: randomBytes(16).toString('hex'),
  node: 'node',
  winners: 1,
  retain: 60_000,
  lease: 30_000,
  overlap: 'allow',
  schedule: '-',
  command: 'digest',
  version: '1.0.0',
  ...more,
});

/** A bid as a process makes it. */
const bid = (store: ClaimStore, slot: string, more: Partial<Bid> = {}): Promise<Elected> => {
  const patience = { clock: systemClock, within: WITHIN, stop: NEVER, waitTimeout: 0 };
  return elect({ store, bid: bidOf(slot, more), ...patience });
};

async function win(store: ClaimStore, slot: string): Promise<Run> {
  const elected = await bid(store, slot);
  if (elected.kind !== 'won') throw new Error(JSON.stringify(elected));
  return elected.run;
}

const words = (elected: Elected) =>
  elected.kind === 'skipped' ? elected.verdict.kind : elected.kind;

/** What becomes of 20 nodes that bid for a slot in the same moment; `after` is ms until one had won. */
async function race(stores: readonly ClaimStore[], slot: string) {
  const begun = performance.now();
  let winner: { readonly store: ClaimStore; readonly run: Run; readonly after: number } | undefined;
  const ends = await Promise.all(
    stores.map(async (store) => {
      const elected = await bid(store, slot);
      if (elected.kind === 'won') {
        winner = { store, run: elected.run, after: performance.now() - begun };
      }
      return words(elected);
    }),
  );
  expect(ends.sort(), slot).toEqual(ONE_WINS);
  if (winner === undefined) throw new Error('nobody won');
  return winner;
}
const ONE_WINS = [...Array<string>(CONTENDERS - 1).fill('not-elected'), 'won'];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** @param within ms until there must be a winner */
async function raceOften(rounds: number, within: number, without = (_: number): number[] => []) {
  const stores = range(CONTENDERS).map((node) => open(...without(node)));
  for (const round of range(rounds)) {
    const { after } = await race(stores, `round-${round}`);
    expect(after, `round ${round}`).toBeLessThan(within);
  }
}

describe('of 20 nodes that bid at once, one is elected:', () => {
  test('within two seconds, time and again', () => raceOften(40, SOON));

  // The first are the worst: all wait for them, one after the other.
  test.each([[[0]], [[0, 1]], [[1, 3]]])('with the masters %j hung', async (hung) => {
    for (const index of hung) await master(index).pause();
    await raceOften(4, WITHIN);
    expect(hung.map((index) => master(index).isAwake)).toEqual(hung.map(() => false));
  });

  test.each([[[0]], [[0, 1]], [[1, 3]]])('with the masters %j dead', async (dead) => {
    for (const index of dead) await master(index).kill9();
    await raceOften(5, SOON);
  });

  test('although each of them cannot reach two of the masters, and no two the same', async () => {
    const pairs = range(5).flatMap((a) => range(a).map((b) => [a, b]));
    await raceOften(10, WITHIN, (node) => pairs[node % pairs.length] ?? []);
  });

  test('as long as three masters restart empty one after the other, between rounds', async () => {
    const stores = range(CONTENDERS).map(() => open());
    for (const index of range(3)) {
      await race(stores, `round-${index}`);
      await master(index).restart();
    }
  });
});

describe('a standby does not leave while the run is alive, because of a master', () => {
  const standsBy = async () => {
    expect(words(await bid(open(), 'one'))).toBe('not-elected');
    const answer = await open().takeOver(bidOf('one'), 3, WITHIN);
    expect(answer.kind).toBe('alive');
  };

  test('that restarted empty, and whose vote was taken back', async () => {
    await win(open(), 'one');
    await master(0).restart();
    await standsBy();
    await standsBy();
  });

  test('for which an earlier run was in the way', async () => {
    // Its end is not heard by the first.
    const store = open(0);
    const earlier = await win(open(), 'earlier');
    await store.finish(earlier, { state: 'done', exit: 0 }, WITHIN);
    expect(words(await bid(open(), 'one', { overlap: 'skip' }))).toBe('won');
    await standsBy();
  });
});

describe('a run is known to', () => {
  const knowing = async () => {
    const ends = await Promise.all(masters.servers.map((one) => leaseEnd(one, key, 'one')));
    return ends.map((end) => end > Date.now());
  };
  /** Renews until all masters know of it. */
  const untilAllKnow = (holder: ClaimStore, run: Run) =>
    vi.waitFor(async () => {
      expect(await holder.renew(run, WITHIN)).toBe('held');
      expect(await knowing()).toEqual(range(5).map(() => true));
    }, AGREEMENT);

  test('masters that restart empty, although they vote for somebody else before they hear of it', async () => {
    const holder = open();
    const run = await win(holder, 'one');
    for (const index of range(5)) {
      await master(index).restart();
      expect(await knowing()).toContain(false);
      expect(words(await bid(open(), 'one'))).toBe('not-elected');
      await untilAllKnow(holder, run);
    }
  });

  test('masters that hang for longer than a lease, one after the other', async () => {
    const holder = open();
    const run = { ...(await win(holder, 'one')), lease: 500 };
    for (const index of range(5)) {
      await untilAllKnow(holder, run);
      await master(index).pause();
      const end = Date.now() + 600;
      while (Date.now() < end) expect(await holder.renew(run, WITHIN)).toBe('held');
      master(index).resume();
      expect(await leaseEnd(master(index), key, 'one')).toBeLessThan(Date.now());
      await untilAllKnow(holder, run);
    }
  });

  test('a master that hung during the vote, and wakes with the bids of that time', async () => {
    await master(0).pause();
    const stores = range(CONTENDERS).map(() => open());
    const { store, run } = await race(stores, 'one');
    master(0).resume();
    await untilAtLeast(CONTENDERS, () => callsOf(master(0), 'eval'));
    expect(words(await bid(open(), 'one'))).toBe('not-elected');
    await untilAllKnow(store, run);
  });
});
