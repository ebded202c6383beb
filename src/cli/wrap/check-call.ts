import { checkJitter } from '../../core/jitter.js';
import type { Io } from '../io.js';
import { chooseSlot } from '../run/choose-slot.js';
import type { Flags } from '../run/plain-flags.js';
import { readSettings, type Settings } from '../run/settings.js';

/**
 * Finds what `run` would find wrong with its options before it asks Redis.
 *
 * @param env what cron would give it, as far as the crontab says
 * @param now ms since the epoch
 * @returns the options as `run` reads them
 * @throws Failure
 */
export async function checkCall(flags: Flags, env: Io['env'], now: number): Promise<Settings> {
  const settings = await readSettings(flags, env);
  const { slot } = await chooseSlot(settings, now);
  checkJitter(settings.jitter, slot, '--jitter');
  return settings;
}
