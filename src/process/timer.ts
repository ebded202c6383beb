/** setTimeout takes a signed 32-bit number of ms and fires at once when given more. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Calls `run` once after `ms` milliseconds of the monotonic clock, however long that is and whatever
 * happens to the wall clock meanwhile.
 *
 * @returns cancels it
 */
export function after(ms: number, run: () => void): () => void {
  const due = performance.now() + ms;
  let handle: NodeJS.Timeout;
  const wait = () => {
    const rest = Math.ceil(due - performance.now());
    handle = setTimeout(() => (rest > LONGEST_WAIT ? wait() : run()), Math.min(rest, LONGEST_WAIT));
  };
  wait();
  return () => clearTimeout(handle);
}
