import type { Io } from '../io.js';
import type { Config } from '../run/config.js';
import { configOf, type Settings, settle } from '../run/settings.js';
import type { DaemonFlags } from './flags.js';

/** What the daemon was told once: it holds for all entries, and across reloads. */
export interface Basis {
  readonly flags: DaemonFlags;
  readonly config: Config;
  /** As they are for an entry that says nothing itself. */
  readonly defaults: Settings;
}

/** @throws Failure `usage` or `config` */
export async function readBasis(flags: DaemonFlags, { env }: Io): Promise<Basis> {
  const config = await configOf(flags.flags, env);
  const named = new Map([...flags.flags, ['key', ['daemon']] as const]);
  return { flags, config, defaults: settle(named, env, config) };
}
