import type { Leaving } from '../../daemon/daemon.js';
import type { RunningJob } from '../../process/job.js';

/**
 * Ends a job when the daemon leaves: with SIGTERM once its grace is over, and at once when there is
 * no more waiting. Signals to the daemon are its own, and no job's.
 *
 * @param killAfter ms between SIGTERM and SIGKILL
 */
export function endWhenLeaving(
  { due, atOnce }: Leaving,
  killAfter: number,
): { to(job: RunningJob): void } {
  return {
    to(job) {
      const cancels = [
        due.whenRequested(() => void job.stop('leaving', killAfter)),
        atOnce.whenRequested(() => job.kill()),
      ];
      void job.ended.then(() => {
        for (const cancel of cancels) cancel();
      });
    },
  };
}
