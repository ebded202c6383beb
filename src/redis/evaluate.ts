import COMMON from './lua/common.lua';
import type { Sending } from './route/route.js';

/** Has a script run by a server. @throws Failure */
export type Evaluate = (
  sending: Sending,
  script: string,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** What Redis is to run: the script, with what all of them share in front of it. */
export function wholeScript(script: string): string {
  return COMMON + script;
}

/**
 * Sends the whole script: EVALSHA would cost the first node after a restart a second round trip, at the very
 * moment when a fleet asks.
 */
export const evaluateWhole: Evaluate = ({ link, within, asking }, script, keys, args) =>
  link.evaluate(wholeScript(script), keys, args, within, asking);
