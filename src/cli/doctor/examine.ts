import { Failure } from '../../core/errors.js';
import { surveyTarget, type TargetFacts } from '../../redis/survey/survey.js';
import type { Io } from '../io.js';
import { redisLogin } from '../run/redis-login.js';
import { readSettings, type Settings } from '../run/settings.js';
import type { DoctorFlags } from './flags.js';
import { type NodeFacts, nodeFacts } from './node/facts.js';

/** Everything that was found out, not judged yet. */
export interface Facts {
  readonly node: NodeFacts;
  /** This node's name. */
  readonly name: string;
  /** A Failure where the configuration does not say where Redis is. */
  readonly redis:
    | { readonly settings: Settings; readonly targets: readonly TargetFacts[] }
    | Failure;
}

/** A job's name plays no part here, but `run` asks for one. */
const NO_JOB = ['doctor'];

/** @throws Failure `usage` */
export async function examine({ flags, leftOut }: DoctorFlags, io: Io): Promise<Facts> {
  const [redis, node] = await Promise.all([
    examineRedis(flags, io),
    nodeFacts(io, leftOut, flags.get('localRecord')?.[0]),
  ]);
  const named = redis instanceof Failure ? undefined : redis.settings.node;
  return { redis, node, name: named ?? io.hostname() };
}

async function examineRedis(flags: DoctorFlags['flags'], io: Io): Promise<Facts['redis']> {
  try {
    const given = new Map([...flags, ['key', NO_JOB] as const]);
    const settings = await readSettings(given, io.env);
    const { prefix, redisTimeout: within } = settings;
    const replicas = settings.replicas !== undefined;
    const { clock, now, randomId } = io;
    const survey = { prefix, replicas, within, clock, now, randomId };
    const { targets } = redisLogin(settings, given, io);
    const found = await Promise.all(targets.map((target) => surveyTarget(target, survey)));
    return { settings, targets: found };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'config') return error;
    throw error;
  }
}
