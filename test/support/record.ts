import type { Reply } from './resp.js';

/** A reply that lists names and values by turns, as a record. */
export function recordOf(reply: Reply): Record<string, string> {
  const words = [reply].flat().map(String);
  return Object.fromEntries(
    words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? '']] : [])),
  );
}
