import { quote, usage } from './errors.js';

const LONGEST_KEY = 200;

/** Most keys. They are told first, because the tables of Unicode take most of a millisecond to load. */
const PLAIN = /^[!-,.-~](?:[ -~]{0,198}[!-~])?$/;

/**
 * Checks the name of a job. Any printable text is fine (keys.ts encodes it); what cannot be told
 * apart by a person reading a log is refused: control characters, broken Unicode, outer spaces.
 *
 * @param name where the value came from, for the message
 * @returns the name in Unicode's normal form C: two nodes may spell an accent in two ways
 * @throws Failure `usage`
 */
export function checkJobKey(key: string, name: string): string {
  if (PLAIN.test(key)) return key;
  const normal = key.normalize('NFC');
  const problem = problemWith(normal);
  if (problem === undefined) return normal;
  throw usage(
    `${name}: ${quote(key)} ${problem}; allowed are 1 to ${LONGEST_KEY} bytes of printable text`,
  );
}

function problemWith(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (new TextEncoder().encode(key).length > LONGEST_KEY) return 'is too long';
  if (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(key)) return 'holds a line break or another control character';
  if (/\p{Cs}|\ufffd/u.test(key)) return 'is not valid UTF-8';
  if (/\p{Cf}|\p{Default_Ignorable_Code_Point}/u.test(key)) return 'holds an invisible character';
  if (/(?! )\p{Zs}/u.test(key)) return 'holds a space that is not the plain one';
  if (key.trim() !== key) return 'begins or ends with a space';
  if (key.startsWith('-')) return 'looks like an option: its value is missing';
  return undefined;
}
