import { fixedGrid, namedSlot, nameSlot, type Slot, scheduleName } from '../../core/slot.js';
import type { Settings } from './settings.js';

const MINUTE = 60_000;

/** The slot that this call bids for, and what its schedule is called. */
export interface Chosen {
  readonly slot: Slot;
  readonly schedule: string;
}

/** The cron parser is loaded only where there is an expression. */
export async function chooseSlot(settings: Settings, now: number): Promise<Chosen> {
  const { slot, schedule, timezone, every = MINUTE } = settings;
  if (slot !== undefined) return { slot: namedSlot(slot), schedule: scheduleName({}) };
  if (schedule === undefined) {
    const grid = fixedGrid(every);
    return { slot: nameSlot(grid, now, settings), schedule: scheduleName({ every }) };
  }
  const [{ parseCron }, { zoneName }] = await Promise.all([
    import('../../schedule/cron.js'),
    import('../../schedule/open-zone.js'),
  ]);
  return {
    slot: nameSlot(parseCron(schedule, timezone), now, settings),
    schedule: scheduleName({ cron: schedule, zone: zoneName(timezone, now) }),
  };
}
