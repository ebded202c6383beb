import type { ServerFacts, Unreachable } from '../../../redis/survey/server-facts.js';
import type { TargetFacts } from '../../../redis/survey/survey.js';
import { type Finding, trouble } from '../finding.js';

type Facts = ServerFacts | Unreachable;

/** Whether one of several masters can be done without: a majority can be asked. */
export function haveSpare(targets: readonly TargetFacts[]): boolean {
  const reached = targets.filter(({ servers }) => servers.some(({ kind }) => kind === 'reached'));
  return targets.length > 1 && reached.length > targets.length / 2;
}

/** Of several masters each has one vote: a server that two addresses lead to would have two. */
export function checkDistinct(server: Facts, targets: readonly TargetFacts[]): readonly Finding[] {
  const own = runIdOf(server);
  const target = targets.findIndex(({ servers }) => servers.includes(server));
  const twin = targets
    .slice(0, target)
    .flatMap(({ servers }) => servers.filter((other) => runIdOf(other) === own))[0];
  if (own === undefined || twin === undefined) return [];
  return [
    trouble(
      'masters',
      'problem',
      `this is the same server as ${twin.label}, and has two votes: without it there may be no majority, and what it forgets two masters forget`,
      'give each --redis a master of its own, on a machine of its own',
    ),
  ];
}

function runIdOf(server: Facts): string | undefined {
  if (server.kind === 'unreachable' || server.info.kind === 'refused') return undefined;
  return server.info.value.runId;
}
