import type { Slot } from '../../core/slot.js';
import type { Io } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { RedisLogin } from './redis-login.js';
import type { Settings } from './settings.js';

/** A call of `run` whose input is known to be good. */
export interface Call {
  readonly settings: Settings;
  readonly login: RedisLogin;
  readonly slot: Slot;
  readonly schedule: string;
  readonly node: string;
  readonly command: {
    readonly command: string;
    readonly file?: string;
    readonly args: readonly string[];
    readonly shell: boolean;
  };
  readonly reporter: Reporter;
  readonly io: Io;
}
