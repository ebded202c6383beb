import { askUntilAnswered } from '../../core/ask-again.js';
import { Failure } from '../../core/errors.js';
import type { RedisTarget, Server, Topology } from '../target.js';
import { type Answered, refusal } from './answered.js';
import { type JobSightings, readFleet } from './fleet.js';
import { neededCommands } from './needed-commands.js';
import { type SentinelFacts, surveySentinels } from './sentinels.js';
import { type ServerFacts, type Survey, surveyServer, type Unreachable } from './server-facts.js';
import { serversOf } from './servers-of.js';
import { Session } from './session.js';

/** What was found behind one `--redis`. */
export interface TargetFacts {
  readonly topology: Topology['kind'];
  /** The URL without its secrets. */
  readonly label: string;
  /** Empty where there are none, or no master was found. */
  readonly sentinels: readonly SentinelFacts[];
  readonly servers: readonly (ServerFacts | Unreachable)[];
  readonly fleet: Answered<readonly JobSightings[]>;
}

/** ms. A server that was reached has no reason to take as long as a failover may. */
const LONGEST_ANSWER = 5_000;

/** Looks at every server behind a target. Reads, but for keys of its own that expire at once. */
export async function surveyTarget(target: RedisTarget, survey: Survey): Promise<TargetFacts> {
  const topology = target.topology.kind;
  const { db, label } = target;
  const answerWithin = Math.min(survey.within, LONGEST_ANSWER);
  const opened: Session[] = [];
  const open = (server: Server) => {
    const session = new Session(server, answerWithin);
    opened.push(session);
    return session;
  };
  try {
    const commands = neededCommands({ topology, db, replicas: survey.replicas });
    const servers = await askUntilAnswered(survey, (left) => serversOf(target, left));
    const asked = await Promise.all(
      servers.map(async (server) => {
        const session = open(server);
        return { session, facts: await surveyServer(server, session, survey, commands) };
      }),
    );
    const reached = asked.filter(({ facts }) => facts.kind === 'reached');
    return {
      topology,
      label,
      sentinels: await surveySentinels(target, answerWithin),
      servers: asked.map(({ facts }) => facts),
      fleet: await readFleet(
        reached.map(({ session }) => session),
        survey.prefix,
      ),
    };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const unreachable = { kind: 'unreachable', label, failure } as const;
    const fleet = refusal(failure);
    return { topology, label, sentinels: [], servers: [unreachable], fleet };
  } finally {
    for (const session of opened) session.close();
  }
}
