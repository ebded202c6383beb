import type { Outlet } from './outlet.js';
import type { Sink } from './sink.js';

/** Passes a job's stream on, byte for byte. Where nobody takes it the job learns it as it would without us. */
export function rawSink(outlet: Outlet): Sink {
  return {
    async take(chunk) {
      await outlet.put(() => chunk);
      if (outlet.failure !== undefined) throw outlet.failure;
    },
    finish: () => outlet.flushed(),
  };
}
