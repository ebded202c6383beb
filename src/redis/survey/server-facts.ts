import { askUntilAnswered } from '../../core/ask-again.js';
import type { Clock } from '../../core/clock.js';
import { Failure } from '../../core/errors.js';
import type { Place, Server } from '../target.js';
import { type Answered, isForbidden, mapAnswer } from './answered.js';
import { type Identity, type Info, readHello, readInfo } from './info.js';
import { findLastingKeys, type LastingKeys } from './lasting-keys.js';
import type { NeededCommand } from './needed-commands.js';
import { type Trial, tryRights } from './rights.js';
import type { Session } from './session.js';

/** All that one server told. */
export interface ServerFacts {
  readonly kind: 'reached';
  readonly label: string;
  readonly place: Place;
  readonly tls: boolean;
  /** ms since the epoch. */
  readonly certificateEnds: number | undefined;
  /** ms, the median of some. */
  readonly roundTrip: number;
  readonly clock: Answered<ClockDifference>;
  readonly identity: Answered<Identity>;
  readonly info: Answered<Info>;
  /** `min-replicas-to-write`. */
  readonly minReplicas: Answered<number>;
  /** When dumps are made; empty for never. */
  readonly save: Answered<string>;
  /** How often the append-only file reaches the disk: `always`, `everysec` or `no`. */
  readonly appendFsync: Answered<string>;
  /** Whom we are logged in as. */
  readonly user: string;
  readonly trials: readonly Trial[];
  readonly lastingKeys: Answered<LastingKeys>;
}

export interface Unreachable {
  readonly kind: 'unreachable';
  readonly label: string;
  /** What `run` would say. */
  readonly failure: Failure;
  /** Where the user lacks the right to what every login asks: who it is, and all that it must be allowed. */
  readonly lacking?: {
    readonly place: Place;
    readonly user: string;
    readonly commands: readonly string[];
  };
}

export interface ClockDifference {
  /** How much the clock of Redis is ahead of this node's, ms. */
  readonly ahead: number;
  /** ms by which that may be wrong. */
  readonly error: number;
}

export interface Survey {
  readonly prefix: string;
  /** Whether `--replicas` is asked for. */
  readonly replicas: boolean;
  /** ms for one server to be reached. */
  readonly within: number;
  readonly clock: Clock;
  /** This node's wall clock, ms since the epoch. */
  now(): number;
  randomId(): string;
}

/** Asks one server, with the patience of `run`. @param commands what `run` needs there */
export async function surveyServer(
  server: Server,
  session: Session,
  survey: Survey,
  commands: readonly NeededCommand[],
): Promise<ServerFacts | Unreachable> {
  const { label, place, tls } = server;
  const failure = await reach(session, survey);
  if (failure !== undefined) {
    const unreachable = { kind: 'unreachable', label, failure } as const;
    if (!isForbidden(failure)) return unreachable;
    const names = commands.map(({ name }) => name);
    return { ...unreachable, lacking: { place, user: await ourName(server), commands: names } };
  }
  const time = await measure(session, survey);
  const info = mapAnswer(await session.ask('INFO'), readInfo);
  return {
    kind: 'reached',
    label,
    place,
    tls: tls !== undefined,
    certificateEnds: session.certificateEnds,
    ...time,
    identity: await identify(session, info),
    info,
    minReplicas: mapAnswer(await setting(session, 'min-replicas-to-write'), Number),
    save: await setting(session, 'save'),
    appendFsync: await setting(session, 'appendfsync'),
    user: await userOf(server, session),
    trials: await tryRights(session, survey.prefix, survey.randomId(), commands),
    lastingKeys: await findLastingKeys(session, survey.prefix, survey.clock),
  };
}

/** Waits as `run` does. @returns why there is no answer */
async function reach(session: Session, { within, clock }: Survey): Promise<Failure | undefined> {
  try {
    await askUntilAnswered({ within, clock }, (left) => session.question(['TIME'], left));
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Whoever may not ask for the time is logged in all the same.
    return isForbidden(error) && session.usable ? undefined : error;
  }
}

const SAMPLES = 5;

/** A refusal takes one round trip, too. The quickest answer tells the most of the clock. */
async function measure(session: Session, { clock, now }: Survey) {
  const trips: number[] = [];
  let best: { readonly trip: number; readonly difference: Answered<ClockDifference> } | undefined;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const [before, sent] = [clock.monotonic(), now()];
    const answer = await session.ask('TIME');
    const trip = clock.monotonic() - before;
    trips.push(trip);
    if (best !== undefined && best.trip <= trip) continue;
    const difference = mapAnswer(mapAnswer(answer, readTime), (time) => ({
      ahead: time - (sent + trip / 2),
      error: trip / 2,
    }));
    best = { trip, difference };
  }
  const median = trips.sort((a, b) => a - b)[Math.floor(SAMPLES / 2)] ?? 0;
  const none = { kind: 'refused', why: 'not asked', forbidden: false } as const;
  return { roundTrip: median, clock: best?.difference ?? none };
}

/** Seconds and microseconds. */
function readTime(reply: unknown): number | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [seconds, microseconds] = reply.map(Number);
  const time = (seconds ?? Number.NaN) * 1_000 + (microseconds ?? Number.NaN) / 1_000;
  return Number.isNaN(time) ? undefined : time;
}

async function identify(session: Session, info: Answered<Info>): Promise<Answered<Identity>> {
  const identity = mapAnswer(info, (all) => all.identity);
  if (identity.kind === 'answered') return identity;
  const hello = mapAnswer(await session.ask('HELLO'), readHello);
  return hello.kind === 'answered' ? hello : identity;
}

async function setting(session: Session, name: string): Promise<Answered<string>> {
  return mapAnswer(await session.ask('CONFIG', 'GET', name), (reply) => {
    const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
    return typeof value === 'string' ? value : undefined;
  });
}

/** Few may ask who they are; then it is whom we said. */
async function userOf(server: Server, session: Session): Promise<string> {
  const answer = await session.ask('ACL', 'WHOAMI');
  if (answer.kind === 'answered') return String(answer.value);
  return ourName(server);
}

async function ourName(server: Server): Promise<string> {
  return (await server.credentials())?.username ?? 'default';
}
