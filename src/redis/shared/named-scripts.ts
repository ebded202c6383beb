import { createHash } from 'node:crypto';
import { type Evaluate, evaluateWhole, wholeScript } from '../evaluate.js';
import { Refusal } from '../failures.js';
import type { Link } from '../link.js';
import { countdown } from '../route/countdown.js';

/** The scripts that a connection was sent; undefined where the user may not name them. */
type Known = Set<string> | undefined;

/**
 * Sends a script whole once per connection, and its digest (EVALSHA) from then on: a hundred claims in one
 * second are some 40 KB then, and not 1.3 MB, from each node of a fleet. Nobody waits for the first reply:
 * a server reads a connection in order, and knows the script by the time that it comes to the next digest.
 *
 * A server that does not know the script (any more) has not run it, and neither has one that forbids
 * EVALSHA: it is sent whole then. So it is where nobody has heard of `+evalsha`.
 */
export function namedScripts(): Evaluate {
  const digests = new Map<string, string>();
  const knownBy = new WeakMap<Link, Known>();

  const digestOf = (script: string) => {
    const known = digests.get(script);
    if (known !== undefined) return known;
    const digest = createHash('sha1').update(wholeScript(script)).digest('hex');
    digests.set(script, digest);
    return digest;
  };

  return async (sending, script, keys, args) => {
    const { link, within, asking } = sending;
    const left = countdown(within);
    // ASKING counts for the very next command alone, which a refusal would use up.
    if (!asking && knownBy.get(link)?.has(script)) {
      try {
        const words = ['EVALSHA', digestOf(script), String(keys.length), ...keys, ...args];
        return await link.command(words, left());
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.kind === 'denied') knownBy.set(link, undefined);
        else if (error.code !== 'NOSCRIPT') throw error;
      }
    }
    if (!knownBy.has(link)) knownBy.set(link, new Set());
    knownBy.get(link)?.add(script);
    return evaluateWhole({ ...sending, within: left() }, script, keys, args);
  };
}
