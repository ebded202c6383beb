import { fixedGrid, namedSlot, nameSlot, type Slot } from '../../core/slot.js';
import type { Settings } from './settings.js';

const MINUTE = 60_000;

/** The slot that this call bids for. The cron parser is loaded only where there is an expression. */
export async function chooseSlot(settings: Settings, now: number): Promise<Slot> {
  const { slot, schedule, timezone, every } = settings;
  if (slot !== undefined) return namedSlot(slot);
  if (schedule === undefined) return nameSlot(fixedGrid(every ?? MINUTE), now, settings);
  const { parseCron } = await import('../../schedule/cron.js');
  return nameSlot(parseCron(schedule, timezone), now, settings);
}
