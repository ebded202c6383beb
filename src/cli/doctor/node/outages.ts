import { readFileSync, statSync } from 'node:fs';
import { recordPlaces } from '../../run/local-record/places.js';
import { recordUser } from '../../run/local-record/record-user.js';

/** A run that was skipped or unlocked on this node, because Redis could not be asked. */
export interface Outage {
  /** ms since the epoch. */
  readonly at: number;
  /** `skipped` or `unlocked`. */
  readonly event: string;
  readonly key: string;
  readonly slot: string;
  readonly reason: string;
}

/**
 * What the local record tells, oldest first: the file that is given, or those of the default places. What
 * cannot be read tells nothing.
 */
export function readOutages(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly Outage[] {
  const files = given === undefined ? recordPlaces(env, recordUser()) : [given];
  return files
    .flatMap((file) => [`${file}.1`, file].flatMap(linesOf))
    .flatMap((line) => readLine(line) ?? [])
    .sort((one, other) => one.at - other.at);
}

/** More than a record ever is: somebody else's file. */
const LONGEST = 4_194_304;

function linesOf(file: string): readonly string[] {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= LONGEST ? readFileSync(file, 'utf8').split('\n') : [];
  } catch {
    return [];
  }
}

function readLine(line: string): Outage | undefined {
  try {
    const { time, event, key, slot, reason }: Record<string, unknown> = JSON.parse(line);
    const at = Date.parse(String(time));
    if (event !== 'skipped' && event !== 'unlocked') return undefined;
    if (Number.isNaN(at) || typeof key !== 'string') return undefined;
    return { at, event, key, slot: String(slot), reason: String(reason) };
  } catch {
    return undefined;
  }
}
