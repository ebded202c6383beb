import { fixedGrid, type Schedule } from '../../src/core/slot.js';
import type { Ended, Firing, Grain, Job, Why } from '../../src/daemon/job.js';

export interface Fired {
  readonly key: string;
  readonly at: number;
  readonly why: Why;
}

/** Makes jobs that note when they are fired, and end at once unless told otherwise. */
export function firedJobs(answer: (fired: Fired) => Promise<Ended> = async () => 'answered') {
  const fired: Fired[] = [];
  const job = (key: string, schedule: Schedule | number, grain: Grain = 'minute'): Job => ({
    key,
    schedule: typeof schedule === 'number' ? fixedGrid(schedule) : schedule,
    grain,
    catchesUp: true,
    fire(at, why): Firing {
      const one = { key, at, why };
      fired.push(one);
      const ended = answer(one);
      return { elected: Promise.resolve(true), ended };
    },
  });
  return { fired, job };
}
