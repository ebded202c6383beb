import {
  type Answer,
  type Bid,
  type Holder,
  type Pending,
  type Renewal,
  RUN_STATES,
  type Run,
  type RunState,
  type StandbyAnswer,
} from '../core/claim.js';
import { Failure } from '../core/errors.js';

/*
 * What the scripts answer, read strictly: whatever is not exactly an answer of the script is a
 * `protocol` Failure, never a win.
 */

/** @throws Failure `protocol` */
export function readAnswer(reply: unknown, bid: Bid): Answer {
  const [kind, now, ...rest] = strings(reply);
  const decidedAt = integer(now);
  switch (kind) {
    case 'won':
      return { verdict: { kind: 'won', run: readRun(rest, bid) }, decidedAt };
    case 'lost':
      return { verdict: readLoss(rest), decidedAt };
    case 'overlapped': {
      const [slot, node] = rest;
      return {
        verdict: { kind: 'overlapped', by: { slot: given(slot), node: given(node) } },
        decidedAt,
      };
    }
    case 'waiting': {
      const [rank, slot, node, ...pending] = rest;
      const claimed = { ...bid, rank: rankOf(rank, bid), attempt: 0 };
      const by = { slot: given(slot), node: given(node) };
      return { verdict: { kind: 'waiting', claimed, by, ...readPending(pending) }, decidedAt };
    }
    case 'too-early':
    case 'too-late':
      return { verdict: { kind }, decidedAt };
    default:
      throw nonsense();
  }
}

/** Whether a won claim is one of the first of its job. */
export function isOfYoungJob(reply: unknown): boolean {
  return Array.isArray(reply) && reply[0] === 'won' && reply.at(-1) === 'young';
}

/** @throws Failure `protocol` */
export function readStandby(reply: unknown, bid: Bid): StandbyAnswer {
  const [kind, now, ...rest] = strings(reply);
  integer(now);
  switch (kind) {
    case 'won':
      return { kind, run: readRun(rest, bid) };
    case 'alive':
    case 'unknown':
      return { kind, ...readPending(rest) };
    case 'over': {
      const why = (['ended', 'turns', 'overlapped'] as const).find((word) => word === rest[0]);
      if (why === undefined) throw nonsense();
      return { kind, why };
    }
    default:
      throw nonsense();
  }
}

/** @throws Failure `protocol` */
export function readRenewal(reply: unknown): Renewal {
  const [word, now] = strings(reply);
  integer(now);
  if (word !== 'held' && word !== 'restated' && word !== 'lost') throw nonsense();
  return word;
}

/** @returns the next attempt; undefined when the run is no longer ours. @throws Failure `protocol` */
export function readRetry(reply: unknown, run: Run): Run | undefined {
  const [word, now, ...rest] = strings(reply);
  integer(now);
  if (word === 'won') return readRun(rest, run);
  if (word === 'foreign') return undefined;
  throw nonsense();
}

/** @throws Failure `protocol` */
export function readEnd(reply: unknown): boolean {
  const [word, now] = strings(reply);
  integer(now);
  if (word !== 'recorded' && word !== 'foreign') throw nonsense();
  return word === 'recorded';
}

/** @throws Failure `protocol` */
export function checkNoted(reply: unknown): void {
  const [word, now] = strings(reply);
  integer(now);
  if (word !== 'recorded') throw nonsense();
}

/** @throws Failure `protocol` */
export function checkThere(reply: unknown): void {
  const [word, now] = strings(reply);
  integer(now);
  if (word !== 'there') throw nonsense();
}

function readRun(fields: readonly string[], bid: Bid): Run {
  const [rank, ...numbers] = fields;
  const [fence, attempt, turn, startedAt] = numbers.slice(0, 4).map(integer);
  if (!fence || !attempt || !turn || !startedAt) throw nonsense();
  return { ...bid, rank: rankOf(rank, bid), attempt, turn, fence, startedAt };
}

function readLoss(fields: readonly string[]): Answer['verdict'] {
  const [rankText, node, claimedAt, state, exitText] = fields;
  const loss = {
    kind: 'not-elected',
    ...(rankText !== '' && { rank: integer(rankText) }),
  } as const;
  if (node === undefined) return loss;
  if (!isRunState(state)) throw nonsense();
  const holder: Holder = {
    node,
    claimedAt: integer(claimedAt),
    state,
    ...(exitText !== '' && { exit: integer(exitText) }),
  };
  return { ...loss, holder };
}

function readPending([endsIn, since]: readonly string[]): Pending {
  if (since === undefined || !/^\d+-\d+$/.test(since)) throw nonsense();
  return { forMs: integer(endsIn), since };
}

function rankOf(text: string | undefined, { winners }: Bid): number {
  const rank = integer(text);
  if (rank < 1 || rank > winners) throw nonsense();
  return rank;
}

function isRunState(text: string | undefined): text is RunState {
  const states: readonly (string | undefined)[] = RUN_STATES;
  return states.includes(text);
}

function strings(reply: unknown): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((item) => typeof item === 'string')) throw nonsense();
  return reply;
}

function given(text: string | undefined): string {
  if (text === undefined) throw nonsense();
  return text;
}

function integer(text: string | undefined): number {
  const number = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw nonsense();
  return number;
}

function nonsense(): Failure {
  return new Failure('protocol', 'Redis answered something that our script never returns');
}
