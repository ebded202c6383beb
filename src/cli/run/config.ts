import type { OptionName } from './options.js';

/** A value and where it came from, for messages: `/etc/redlock-run.yaml: lease`. */
export interface Sourced {
  readonly texts: readonly string[];
  readonly name: string;
}

export type Config = ReadonlyMap<OptionName, Sourced>;
