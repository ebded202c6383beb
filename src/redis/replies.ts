import type { Answer, Bid, Holder, Run, RunState } from '../core/claim.js';
import { Failure } from '../core/errors.js';

/**
 * Reads what claim.lua answers. Never fooled: whatever is not exactly an answer of the script is a
 * `protocol` Failure, never a win.
 */
export function readAnswer(reply: unknown, bid: Bid): Answer {
  const [kind, now, ...rest] = strings(reply);
  const decidedAt = integer(now);
  if (decidedAt === undefined) throw nonsense('claim');
  switch (kind) {
    case 'won':
      return { verdict: { kind: 'won', run: readRun(rest, bid) }, decidedAt };
    case 'lost':
      return { verdict: readLoss(rest), decidedAt };
    case 'overlapped': {
      const [slot, node] = rest;
      if (slot === undefined || node === undefined) throw nonsense('claim');
      return { verdict: { kind: 'overlapped', by: { slot, node } }, decidedAt };
    }
    case 'too-early':
    case 'too-late':
      return { verdict: { kind }, decidedAt };
    default:
      throw nonsense('claim');
  }
}

/** Reads a two-worded answer of renew.lua or finish.lua: true for `yes`, false for `no`. */
export function readFlag(reply: unknown, yes: string, no: string): boolean {
  const [word, now] = strings(reply);
  if (integer(now) === undefined || (word !== yes && word !== no)) throw nonsense(yes);
  return word === yes;
}

function readRun(fields: readonly string[], bid: Bid): Run {
  const [rank, fence, attempt] = fields.map(integer);
  if (!rank || rank > bid.winners || !fence || !attempt) throw nonsense('claim');
  const { key, slot, owner, node } = bid;
  return { key, slot, owner, node, rank, attempt, fence };
}

function readLoss(fields: readonly string[]): Answer['verdict'] {
  const [rankText, node, claimedAtText, state, exitText] = fields;
  const rank = rankText === '' ? undefined : integer(rankText);
  if (rankText !== '' && rank === undefined) throw nonsense('claim');
  const loss = { kind: 'not-elected', ...(rank !== undefined && { rank }) } as const;
  if (node === undefined) return loss;

  const claimedAt = integer(claimedAtText);
  if (claimedAt === undefined || !isRunState(state)) throw nonsense('claim');
  const exit = exitText === '' ? undefined : integer(exitText);
  const holder: Holder = { node, claimedAt, state, ...(exit !== undefined && { exit }) };
  return { ...loss, holder };
}

const RUN_STATES: readonly string[] = [
  'running',
  'done',
  'failed',
  'overlapped',
  'aborted',
] satisfies RunState[];

function isRunState(text: string | undefined): text is RunState {
  return text !== undefined && RUN_STATES.includes(text);
}

function strings(reply: unknown): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((item) => typeof item === 'string')) {
    throw nonsense('script');
  }
  return reply;
}

function integer(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

function nonsense(what: string): Failure {
  return new Failure('protocol', `Redis answered something that the ${what} script never returns`);
}
