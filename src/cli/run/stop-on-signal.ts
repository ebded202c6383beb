import { StopSwitch } from '../../core/stop.js';
import type { SignalSource } from '../../process/signals.js';

/** Signals that mean "do not begin, and do not begin again". */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** A stop that is requested by the first such signal. The job gets them by another way: signals.ts. */
export class StopOnSignal extends StopSwitch {
  #by: NodeJS.Signals | undefined;

  constructor(source: SignalSource) {
    super();
    for (const name of STOPPING) {
      source.on(name, () => {
        this.#by ??= name;
        this.request();
      });
    }
  }

  /** The first signal that came. */
  get by(): NodeJS.Signals | undefined {
    return this.#by;
  }
}
