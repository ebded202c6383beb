import { SERVICE_VARIABLES } from '../../process/service-manager.js';
import type { DaemonEntry } from './entry.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What a job finds: our environment, less what is ours alone, and on top of it what the crontab says.
 *
 * @param secrets variables that hold secrets of ours
 */
export function environmentOf(entry: DaemonEntry, ours: Env, secrets: readonly string[]): Env {
  // redlock-run itself needs to know where Redis is; it withholds that from its job.
  const withheld = entry.runs === 'wrapped' ? [] : secrets;
  const names = new Set<string>([...withheld, ...SERVICE_VARIABLES]);
  const handedOn = Object.entries(ours).filter(([name]) => !names.has(name));
  return { ...Object.fromEntries(handedOn), ...entry.environment() };
}
