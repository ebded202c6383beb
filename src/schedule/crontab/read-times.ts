import { quote } from '../../core/errors.js';
import { BadField, type Field, type FieldRule, parseField } from '../field.js';
import {
  type CronFields,
  expandNickname,
  FIELD_COUNTS,
  isWeekdayField,
  readFields,
  type SixOf,
  splitFields,
  whyNever,
} from '../fields.js';
import { skipBlanks } from './shell-words.js';

/** What an entry begins with: when it is due. */
export interface Times {
  readonly expression: string;
  /** Absent where something in it is wrong. */
  readonly schedule?: CronFields | 'reboot';
  /** Where the expression ends. */
  readonly end: number;
}

/** Told what is wrong at a place in the line. */
export type Report = (at: number, message: string) => void;

/** Reads a field, or says what is wrong with it. */
export type FieldReader = (text: string, rule: FieldRule) => Field | BadField;

/** Entries have few different fields among them: each is read once, and kept once. */
export function fieldReader(): FieldReader {
  const known = new Map<string, Field | BadField>();
  return (text, rule) => {
    const name = `${rule.name} ${text}`;
    const read = known.get(name) ?? readOrBad(text, rule);
    known.set(name, read);
    return read;
  };
}

function readOrBad(text: string, rule: FieldRule): Field | BadField {
  try {
    return parseField(text, rule);
  } catch (error) {
    if (error instanceof BadField) return error;
    throw error;
  }
}

/** The day of month among six fields. */
const DAY = 3;

/** A word of the line, and where it begins. */
interface Written {
  readonly text: string;
  readonly at: number;
}

/**
 * Reads the times at the beginning of an entry: a nickname, five fields, or six of which the first has the
 * seconds. They are six where the sixth word would do as the day of week and more follows; one day's name
 * alone (`sat`) is the command that it is to cron.
 *
 * @returns undefined where there are too few
 */
export function readTimes(
  content: string,
  from: number,
  readField: FieldReader,
  report: Report,
): Times | undefined {
  const words = firstWords(content, from, 6);
  const [first, second, third, fourth, fifth, sixth] = words;
  if (first?.text.startsWith('@')) return readNickname(first, readField, report);
  if (!first || !second || !third || !fourth || !fifth) {
    const count = `${words.length} field${words.length > 1 ? 's' : ''}`;
    report(content.length, `the line has ${count}; give ${FIELD_COUNTS}, then the command`);
    return undefined;
  }
  const hasSeconds = sixth !== undefined && isWeekday(sixth) && hasMore(content, sixth);
  const fields: SixOf<Written> = hasSeconds
    ? [first, second, third, fourth, fifth, sixth]
    : [{ text: '0', at: from }, first, second, third, fourth, fifth];
  const end = endOf(hasSeconds ? sixth : fifth);
  const schedule = readWritten(fields, readField, report);
  return { expression: content.slice(from, end), end, ...(schedule && { schedule }) };
}

function firstWords(content: string, from: number, most: number): readonly Written[] {
  const words: Written[] = [];
  const WORD = /[^ \t]+/y;
  for (let at = from; at < content.length && words.length < most; ) {
    WORD.lastIndex = at;
    const [text = ''] = WORD.exec(content) ?? [];
    words.push({ text, at });
    at = skipBlanks(content, at + text.length);
  }
  return words;
}

function endOf({ text, at }: Written): number {
  return at + text.length;
}

function hasMore(content: string, word: Written): boolean {
  return skipBlanks(content, endOf(word)) < content.length;
}

/** Not one name alone; told by its beginning, most commands cost nothing. */
const WEEKDAYS = /^(?:[*\d]|[a-z]{3}[-,])/i;

function isWeekday({ text }: Written): boolean {
  return WEEKDAYS.test(text) && isWeekdayField(text);
}

function readNickname(word: Written, readField: FieldReader, report: Report): Times {
  const expression = word.text;
  const end = endOf(word);
  if (expression === '@reboot') return { expression, schedule: 'reboot', end };
  try {
    const fields = splitFields(expandNickname(expression));
    const schedule = readFields(fields, (text, rule) => goodField(readField(text, rule)));
    return { expression, schedule, end };
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    report(word.at, `${quote(expression)} is no schedule: besides @reboot ${error.message}`);
    return { expression, end };
  }
}

function goodField(read: Field | BadField): Field {
  if (read instanceof BadField) throw read;
  return read;
}

const NOTHING: Field = { values: [], star: false };

/** Says what is wrong with each field, not with the first alone. */
function readWritten(
  written: SixOf<Written>,
  readField: FieldReader,
  report: Report,
): CronFields | undefined {
  let isGood = true;
  const refuse = (at: number, { message }: BadField) => {
    isGood = false;
    report(at, message);
  };
  const fields = readFields(written, ({ text, at }, rule) => {
    const field = readField(text, rule);
    if (!(field instanceof BadField)) return field;
    refuse(at, field);
    return NOTHING;
  });
  const never = isGood ? whyNever(fields) : undefined;
  if (never !== undefined) refuse(written[DAY].at, never);
  return isGood ? fields : undefined;
}
