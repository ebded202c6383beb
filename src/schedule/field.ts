import { quote } from '../core/errors.js';

/** What one field of an expression may hold. */
export interface FieldRule {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Names by position from `low`, three letters; cron takes them in any case. */
  readonly names?: readonly string[];
  /** Values this far apart are the same: 0 and 7 are both Sunday. */
  readonly modulo?: number;
}

/** One field, read. */
export interface Field {
  /** What it allows, ascending, each once. */
  readonly values: readonly number[];
  /** Begins with `*`. cron looks at that character only: a star with a step counts, `0-59` does not. */
  readonly star: boolean;
}

/** What is wrong with a field; fields.ts adds the rest of the sentence. */
export class BadField extends Error {}

/**
 * Reads one field as get_list, get_range and get_number of cron's entry.c do, but refuses what those
 * skip in silence (`5;x` is 5 there, `22-2` is never).
 *
 * @throws BadField
 */
export function parseField(text: string, rule: FieldRule): Field {
  const { modulo = Number.POSITIVE_INFINITY } = rule;
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const { first, last, step } = parseRange(part, rule);
    for (let value = first; value <= last; value += step) values.add(value % modulo);
  }
  return { values: [...values].sort((a, b) => a - b), star: text.startsWith('*') };
}

const RANGE = /^(?:(?<star>\*)|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d{1,9}))?$/;

function parseRange(part: string, rule: FieldRule): { first: number; last: number; step: number } {
  const { star, from = '', to, step } = RANGE.exec(part)?.groups ?? {};
  if (star === undefined && from === '') throw badPart(part, rule);
  if (step !== undefined && Number(step) === 0) {
    throw new BadField(`${rule.name} ${quote(part)} has a step of 0; the smallest is 1`);
  }
  if (star !== undefined) return { first: rule.low, last: rule.high, step: Number(step ?? 1) };

  const first = parseValue(from, part, rule);
  if (to === undefined && step !== undefined) {
    throw new BadField(
      `${rule.name} ${quote(part)} has a step but no range; write ${first}-${rule.high}/${step}`,
    );
  }
  const last = to === undefined ? first : parseValue(to, part, rule);
  if (last < first) throw backwards(part, first, last, rule);
  return { first, last, step: Number(step ?? 1) };
}

function parseValue(text: string, part: string, rule: FieldRule): number {
  const named = rule.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? rule.low + named : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= rule.low && value <= rule.high) return value;
  throw badPart(part, rule);
}

/** What other schedulers' expressions are known by: Quartz, Jenkins, newer crons. */
const FOREIGN = /[LWH#?~$]/i;

function badPart(part: string, rule: FieldRule): BadField {
  if (part === '')
    return new BadField(`${rule.name} has an empty place in its list; ${allowed(rule)}`);
  const foreign = FOREIGN.test(part) ? "; L W H # ? ~ $ are not cron's" : '';
  return new BadField(`${rule.name} ${quote(part)} is not allowed; ${allowed(rule)}${foreign}`);
}

function allowed({ low, high, names }: FieldRule): string {
  const named = names === undefined ? '' : `, ${names[0]} to ${names[names.length - 1]}`;
  return `give ${low} to ${high}${named}, *, ranges (${low}-${low + 2}), steps (*/2), lists of these`;
}

/** Sunday ends a range as 7; every other range over the end is written as two. */
function backwards(part: string, first: number, last: number, rule: FieldRule): BadField {
  const forwards =
    last === 0 && rule.high === 7
      ? `${first}-7`
      : `${first}-${rule.high === 7 ? 6 : rule.high},${rule.low}-${last}`;
  return new BadField(`${rule.name} ${quote(part)} runs backwards; write ${forwards}`);
}
