import { appendLine } from './append-line.js';
import { type RecordUser, recordPlaces } from './places.js';
import { recordUser } from './record-user.js';

/**
 * Appends a line to the given file, or to the first default place that takes it.
 *
 * @throws Error saying why none does
 */
export function writeLocally(
  line: string,
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  user: () => RecordUser = recordUser,
): void {
  const places = given === undefined ? recordPlaces(env, user()) : [given];
  let trouble = new Error('there is no home directory');
  for (const place of places) {
    try {
      return appendLine(place, line);
    } catch (error) {
      trouble = error instanceof Error ? error : new Error(String(error));
    }
  }
  throw trouble;
}
