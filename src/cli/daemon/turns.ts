/**
 * One job is started in each turn of the event loop. To start a hundred takes a process half a second: in
 * between, what Redis has answered to the others is heard, and leases are renewed.
 */
export function takeTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}
