import type { Family } from './family.js';
import { after } from './timer.js';

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 200;

/** How long SIGKILL may take: a process asleep in the kernel dies when that call returns. */
const LAST_WAIT = 5_000;

/**
 * Ends a whole run: SIGTERM to everyone, and SIGKILL after `killAfter` to whoever is left, whether or
 * not the leader is among them. SIGCONT goes with it, because a stopped process keeps SIGTERM waiting.
 *
 * SIGTERM is sent once: what a job starts in order to clean up is left to do that.
 *
 * @param leaderGone resolves when the leader has ended
 * @param killAfter ms between SIGTERM and SIGKILL
 * @returns who outlived even that, once everyone else has ended: normally nobody
 */
export async function terminate(
  family: Family,
  leaderGone: Promise<unknown>,
  killAfter: number,
): Promise<readonly number[]> {
  family.living();
  family.signal('SIGTERM');
  family.signal('SIGCONT');

  const deadline = performance.now() + killAfter;
  const grace = timer(killAfter);
  await Promise.race([leaderGone, grace.promise]);
  grace.cancel();
  const gone = await emptied(family, () => performance.now() < deadline);
  if (gone) return [];

  const giveUp = performance.now() + LAST_WAIT;
  await emptied(family, () => {
    family.signal('SIGKILL');
    return performance.now() < giveUp;
  });
  await leaderGone;
  return family.living();
}

/**
 * Looks, ever more rarely, until nobody is left.
 *
 * @param goOn asked after each look that still finds somebody
 * @returns whether nobody is left
 */
async function emptied(family: Family, goOn: () => boolean): Promise<boolean> {
  for (let pause = FIRST_PAUSE; family.living().length > 0; ) {
    if (!goOn()) return false;
    await timer(pause).promise;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
  return true;
}

function timer(ms: number): { promise: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const promise = new Promise<void>((resolve) => {
    cancel = after(ms, resolve);
  });
  return { promise, cancel };
}
