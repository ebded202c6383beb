import { Failure, usage } from '../../core/errors.js';
import type { Config, Sourced } from './config.js';
import { loadConfig } from './config-file.js';
import {
  longFlag,
  OPTION_LIST,
  OPTIONS,
  type OptionName,
  type OptionSpec,
  type OptionValue,
} from './options.js';
import type { Flags } from './plain-flags.js';

type WithFallback = {
  [K in OptionName]: (typeof OPTIONS)[K] extends { fallback: string } ? K : never;
}[OptionName];

/** Every option of `run`, read and checked. */
export type Settings = {
  readonly [K in OptionName]: K extends WithFallback ? OptionValue<K> : OptionValue<K> | undefined;
} & {
  readonly key: string;
  /** The option, variable or file that gave the URLs of Redis, for messages. */
  readonly redisSource: string;
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Settles every option: flag, then environment, then configuration file, then default. An empty
 * variable is unset.
 *
 * @throws Failure `usage` or `config` naming the option, variable or file, and what is allowed
 */
export async function readSettings(flags: Flags, env: Env): Promise<Settings> {
  const settings = settle(flags, env, await configOf(flags, env));
  checkTogether(settings, flags);
  checkNesting(settings, env);
  return settings;
}

/** The configuration file of a call. @throws Failure `config` */
export function configOf(flags: Flags, env: Env): Promise<Config> {
  const file = firstOf(OPTIONS.config, flags.get('config'), env, undefined);
  return loadConfig(file && OPTIONS.config.read(...only(file)));
}

/** Settles each option by itself. @throws Failure as above */
export function settle(flags: Flags, env: Env, config: Config): Settings {
  const values = new Map<string, unknown>();
  for (const [name, spec] of OPTION_LIST) {
    const source = firstOf(spec, flags.get(name), env, config.get(name));
    values.set(name, source && readOne(spec, source, config));
  }
  const redisSource = firstOf(OPTIONS.redis, flags.get('redis'), env, config.get('redis'));
  values.set('redisSource', redisSource?.name);
  if (values.get('key') === undefined) {
    throw usage('--key: is missing; name the job, the same on every node (see redlock-run --help)');
  }
  // The table's entries and the type's members are the same by construction.
  const settings = Object.fromEntries(values) as Settings;
  return settings.shadow ? asInShadow(settings) : settings;
}

/** The random wait before the bid, below so many ms; in shadow the job begins when it did before. */
export function jitterOf({ shadow, jitter }: Settings): number {
  return shadow ? 0 : jitter;
}

/** Without a lock, nobody would stop the job for its lease. */
function asInShadow(settings: Settings): Settings {
  return { ...settings, onLeaseLost: 'continue' };
}

function firstOf(
  spec: OptionSpec<unknown>,
  flag: readonly string[] | undefined,
  env: Env,
  fromFile: Sourced | undefined,
): Sourced | undefined {
  if (flag !== undefined) return { texts: flag, name: longFlag(spec) };
  const variable = spec.env?.find((name) => (env[name] ?? '') !== '');
  if (variable !== undefined) {
    const text = env[variable] ?? '';
    return { texts: spec.repeatable ? text.trim().split(/\s+/) : [text], name: variable };
  }
  if (fromFile !== undefined) return fromFile;
  if (spec.fallback !== undefined) return { texts: [spec.fallback], name: longFlag(spec) };
  return undefined;
}

function only({ texts, name }: Sourced): [string, string] {
  const [text, second] = texts;
  if (text === undefined || second !== undefined) throw usage(`${name}: give one value`);
  return [text, name];
}

function readOne(spec: OptionSpec<unknown>, source: Sourced, config: Config): unknown {
  try {
    if (spec.repeatable) return source.texts.map((text) => spec.read(text, source.name));
    return spec.read(...only(source));
  } catch (error) {
    const inFile = [...config.values()].includes(source);
    if (inFile && error instanceof Failure) throw new Failure('config', error.message);
    throw error;
  }
}

/**
 * @param flags those that must be of use
 * @throws Failure `usage` for options that exclude each other, or that nothing comes of
 */
export function checkTogether(settings: Settings, flags: Flags): void {
  const { schedule, every, slot, early, late, verbose, quiet } = settings;
  if ([schedule, every, slot].filter((value) => value !== undefined).length > 1) {
    throw usage('--schedule, --every and --slot exclude each other; give one');
  }
  if (slot !== undefined && (early !== undefined || late !== undefined)) {
    throw usage('--slot is not compared in time; leave --early and --late out');
  }
  for (const [flag, isUseful, owner] of [
    ['timezone', schedule !== undefined, '--schedule'],
    ['waitTimeout', settings.overlap === 'wait', '--overlap wait'],
    [
      'localRecord',
      settings.onRedisDown !== 'fail' || settings.shadow,
      '--on-redis-down skip or run, or --shadow',
    ],
    ['maxAttempts', settings.takeover, '--takeover'],
    ['failoverOnError', settings.takeover, '--takeover'],
    ['retryDelay', settings.retries > 0, '--retries'],
    ['retryOn', settings.retries > 0, '--retries'],
    ['replicasTimeout', settings.replicas, '--replicas'],
  ] as const) {
    if (flags.has(flag) && !isUseful) {
      throw usage(`${longFlag(OPTIONS[flag])}: belongs to ${owner}`);
    }
  }
  if (verbose && quiet) throw usage('--verbose and --quiet exclude each other; give one');
}

/** Our own variables reach the job: a run inside a run must not bid for the outer slot again. */
function checkNesting({ key, slot }: Settings, env: Env): void {
  const isInside = env.REDLOCK_RUN_FENCE || env.REDLOCK_RUN_UNLOCKED;
  if (isInside && env.REDLOCK_RUN_KEY === key && slot === undefined) {
    throw usage('--key: this is the key of the job that we are called from; name another');
  }
}
