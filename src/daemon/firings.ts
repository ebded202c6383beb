import type { Firing, Job, Why } from './job.js';

/** What the daemon has begun, and which slots it has asked for. */
export class Firings {
  readonly #underWay = new Set<Promise<unknown>>();
  /** Job and slot. */
  readonly #bids = new Set<string>();
  /** By key: it outlives a reload. */
  readonly #asked = new Map<string, number>();

  /** The newest slot of a job that was answered for, or is being asked for. */
  askedFor({ key }: Job): number | undefined {
    return this.#asked.get(key);
  }

  /** Whether a bid for a job's slot is under way here, or the run that came of it. */
  isUnderWay(job: Job, at: number): boolean {
    return this.#bids.has(nameOf(job, at));
  }

  /** Bids for a job's slot that is not under way; what nobody answered may be asked for again. */
  begin(job: Job, at: number, why: Why): Firing {
    const before = this.#asked.get(job.key);
    this.#asked.set(job.key, Math.max(at, before ?? at));
    const firing = this.add(job.fire(at, why));
    this.#bids.add(nameOf(job, at));
    void firing.ended.then((how) => {
      this.#bids.delete(nameOf(job, at));
      if (how === 'answered' || this.#asked.get(job.key) !== at) return;
      if (before === undefined) this.#asked.delete(job.key);
      else this.#asked.set(job.key, before);
    });
    return firing;
  }

  /** Something that is to be waited for. */
  add(firing: Firing): Firing {
    const over = firing.ended.then(() => void this.#underWay.delete(over));
    this.#underWay.add(over);
    return firing;
  }

  /** The clock was wrong, and with it the slots that were asked for; what is under way goes on. */
  forget(): void {
    this.#asked.clear();
  }

  get count(): number {
    return this.#underWay.size;
  }

  /** Resolves when all that has begun is over. */
  async ended(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}

function nameOf({ key }: Job, at: number): string {
  return `${at} ${key}`;
}
