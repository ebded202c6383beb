import { quote } from '../../../core/errors.js';
import type { JobSightings, Sighting } from '../../../redis/survey/fleet.js';
import { type Finding, ok, trouble, type Verdict } from '../finding.js';
import { list, plural } from '../quantity.js';
import { currentNodes } from './current-nodes.js';
import { readSchedule } from './schedule.js';

interface Question {
  readonly id: string;
  readonly verdict: Exclude<Verdict, 'ok'>;
  readonly about: string;
  readonly consequence: string;
  readonly mend: string;
  readonly read: (node: Sighting) => string;
}

/** What a node leaves that has nothing to say: a slot named by hand has no schedule, a function no digest. */
const UNTOLD = '-';

const GONE = 'A node that is gone is forgotten at the next slot.';

const QUESTIONS: readonly Question[] = [
  {
    id: 'job-schedule',
    verdict: 'problem',
    about: 'schedule',
    consequence: 'it runs at all of these times',
    mend: `give every node the same --schedule (or --every) and the same --timezone. ${GONE}`,
    read: ({ schedule }) => readSchedule(schedule).words,
  },
  {
    id: 'job-command',
    verdict: 'warning',
    about: 'command',
    consequence: 'what runs depends on who wins',
    mend: `give every node the same crontab line; is a roll-out under way? ${GONE}`,
    read: ({ command }) => command,
  },
  {
    id: 'job-version',
    verdict: 'warning',
    about: 'version of redlock-run',
    consequence: 'they may not behave alike',
    mend: `install the same version on every node; is a roll-out under way? ${GONE}`,
    read: ({ version }) => version,
  },
];

/** Whether the nodes of each job agree on what it is. */
export function checkAgreement(jobs: readonly JobSightings[]): readonly Finding[] {
  if (jobs.length === 0) return [ok('jobs', 'none has been bid for yet')];
  const fleets = jobs.map((job) => ({ job: job.job, nodes: currentNodes(job) }));
  const quarrels = fleets.flatMap(({ job, nodes }) =>
    QUESTIONS.flatMap((question) => disagreement(job, nodes, question)),
  );
  if (quarrels.length > 0) return quarrels;
  const names = new Set(fleets.flatMap(({ nodes }) => nodes.map(({ node }) => node)));
  const extent = `${plural(jobs.length, 'job')} on ${plural(names.size, 'node')}`;
  return [ok('jobs', `${extent}: all agree on schedule, command and version`)];
}

function disagreement(
  job: string,
  nodes: readonly Sighting[],
  { id, verdict, about, consequence, mend, read }: Question,
): readonly Finding[] {
  const camps = new Map<string, string[]>();
  for (const sighting of nodes) {
    const value = read(sighting);
    if (value === UNTOLD) continue;
    camps.set(value, [...(camps.get(value) ?? []), sighting.node]);
  }
  if (camps.size < 2) return [];
  const sides = [...camps].map(([value, names]) => `${value} on ${list(names.sort())}`);
  const what = `job ${quote(job)}: nodes disagree on the ${about}, so that ${consequence}: ${sides.join('; ')}`;
  return [trouble(id, verdict, what, mend)];
}
