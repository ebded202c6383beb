import type { Call } from './call.js';

/**
 * What a node did that Redis could not keep, for whoever looks later: one line of JSON each, in a file
 * of this node. Never holds a secret.
 */
export class LocalRecord {
  readonly #call: Call;
  #isBroken = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Leaves a line. Where that cannot be done it is said once, or nobody would ever know. */
  async leave(
    event: string,
    fields: Readonly<Record<string, string | number | undefined>>,
  ): Promise<void> {
    if (this.#isBroken) return;
    const { io, settings, slot, node, reporter } = this.#call;
    const { key, schedule, every } = settings;
    const time = new Date(io.now()).toISOString();
    const what = { time, event, key, slot: slot.id, node, schedule, every_ms: every };
    const { writeLocally } = await import('./local-record/write-locally.js');
    try {
      writeLocally(JSON.stringify({ ...what, ...fields }), settings.localRecord, io.env);
    } catch (error) {
      this.#isBroken = true;
      const reason = error instanceof Error ? error.message : String(error);
      reporter.warn(
        'no-local-record',
        `the local record cannot be written (--local-record): ${reason}`,
      );
    }
  }
}
