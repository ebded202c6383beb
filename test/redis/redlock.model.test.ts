import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClaimStore } from '../../src/core/claim.js';
import { Failure, NoAnswer } from '../../src/core/errors.js';
import { Redlock } from '../../src/redis/redlock/redlock.js';
import type { Route } from '../../src/redis/route/route.js';
import { SingleRoute } from '../../src/redis/route/single.js';
import { RedisStore } from '../../src/redis/store.js';
import { systemClock } from '../../src/system-clock.js';
import { Journal, type Rules, STEPS, type World } from '../contract/protocol.model.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { targetOf } from '../support/target.js';

failOnLeaks();

const RUNS = Number(process.env.MODEL_RUNS ?? 20);

const MASTERS = 5;

let servers: RedisServer[];
let routes: BadRoute[];
beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: MASTERS }, () => startRedis()));
  routes = servers.map(({ url }) => new BadRoute(url));
});
afterAll(async () => {
  for (const route of routes) route.close();
  await Promise.all(servers.map((server) => server.stop()));
});

/** What becomes of one question to one master. */
type Fate = 'answered' | 'not heard' | 'reply lost';

/** The way to a real server that is out of reach, or loses replies, when it is told to. */
class BadRoute implements Route {
  readonly #route: Route;
  fate: () => Fate = () => 'answered';

  constructor(url: string) {
    const target = targetOf(url);
    if (target.topology.kind !== 'single') throw new Error(url);
    this.#route = new SingleRoute({ ...target, place: target.topology.place });
  }

  ask: Route['ask'] = async (key, send, within) => {
    const fate = this.fate();
    if (fate === 'not heard') throw new NoAnswer('not heard', false);
    const answer = await this.#route.ask(key, send, within);
    if (fate === 'reply lost') throw new NoAnswer('reply lost', true);
    return answer;
  };

  close(): void {
    this.#route.close();
  }
}

/** Asks once under the faults of the day and, where that gave no answer, once more without. */
function patient(store: ClaimStore, day: { faults: boolean }): ClaimStore {
  const ask = async <T>(question: (again: boolean) => Promise<T>): Promise<T> => {
    day.faults = true;
    try {
      return await question(false);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      day.faults = false;
      return await question(true);
    }
  };
  return {
    claim: (bid, asked, ms) => ask((again) => store.claim(bid, asked || again, ms)),
    takeOver: (bid, turns, ms) => ask(() => store.takeOver(bid, turns, ms)),
    renew: (run, ms) => ask(() => store.renew(run, ms)),
    retry: (run, end, ms) => ask(() => store.retry(run, end, ms)),
    finish: (run, end, ms) => ask(() => store.finish(run, end, ms)),
    noteUnlocked: (note, ms) => ask(() => store.noteUnlocked(note, ms)),
    nextEvent: (key, since, ms, stop) => store.nextEvent(key, since, ms, stop),
    reach: (ms) => ask(() => store.reach(ms)),
    close: () => store.close(),
  };
}

function worldOf(key: string, fates: readonly Fate[]): World {
  const name = (rest: string) => `redlock-run:{${key}}:${rest}`;
  const day = { faults: true };
  let asked = 0;
  for (const route of routes) {
    route.fate = () => (day.faults && fates[asked++ % fates.length]) || 'answered';
  }
  const stores = routes.map((route) => new RedisStore(route, { prefix: 'redlock-run' }));
  return {
    store: patient(new Redlock(stores, systemClock), day),
    async expire({ rank, slot, fence }) {
      const field = `lease:${rank}:${slot.id}`;
      for (const server of servers) {
        const lease = await server.command('HGET', name('state'), field);
        if (typeof lease !== 'string' || !lease.includes(` ${fence} `)) continue;
        await server.command('HSET', name('state'), field, lease.replace(/^\d+/, '1'));
      }
    },
    async evict(slot) {
      for (const server of servers) {
        await server.command('DEL', name(`slot:${slot}`), name(`run:${slot}`));
      }
    },
  };
}

const FATES = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('answered') },
    { weight: 2, arbitrary: fc.constant<Fate>('not heard') },
    { weight: 1, arbitrary: fc.constant<Fate>('reply lost') },
  ),
  { minLength: 1, maxLength: 40 },
);

test.each<Omit<Rules, 'key'>>([
  { winners: 1, overlap: 'skip' },
  { winners: 1, overlap: 'allow' },
  { winners: 3, overlap: 'skip' },
])(
  'invariants A, B and C hold in any order of steps, whatever masters are out of reach: %j',
  async (rules) => {
    let begun = 0;
    await fc.assert(
      fc.asyncProperty(STEPS, FATES, async (steps, fates) => {
        const key = randomBytes(8).toString('hex');
        const journal = new Journal({ ...rules, key });
        await fc.asyncModelRun(() => ({ model: journal, real: worldOf(key, fates) }), steps);
        begun += journal.begun.length;
      }),
      { numRuns: RUNS },
    );
    // A model in which nothing begins would prove nothing.
    expect(begun).toBeGreaterThan(RUNS / 4);
  },
  Number(process.env.MODEL_TIMEOUT ?? 120_000),
);
