import { jobKeys, jobsKey } from '../keys.js';
import { type Answered, mapAnswer } from './answered.js';
import type { Session } from './session.js';

/** A node as a job's bids have shown it. */
export interface Sighting {
  readonly node: string;
  /** `0 3 * * *|Europe/London`, `every 900000` (ms) or `-`. */
  readonly schedule: string;
  /** Digest of the command. */
  readonly command: string;
  readonly version: string;
  /** ms since the epoch by the clock of Redis. */
  readonly seen: number;
}

export interface JobSightings {
  readonly job: string;
  /** The newest of each node, newest first. */
  readonly nodes: readonly Sighting[];
}

/** More jobs than this are not looked at: it is one question each. */
const MOST_JOBS = 1_000;

/** Who bids for which jobs. On a cluster each key has one server that answers for it. */
export async function readFleet(
  sessions: readonly Session[],
  prefix: string,
): Promise<Answered<readonly JobSightings[]>> {
  const names = mapAnswer(await firstAnswer(sessions, ['SMEMBERS', jobsKey(prefix)]), readStrings);
  if (names.kind === 'refused') return names;
  const asked = await Promise.all(
    [...names.value]
      .sort()
      .slice(0, MOST_JOBS)
      .map(async (job) => {
        const key = jobKeys(prefix, job).nodes;
        const rows = await firstAnswer(sessions, ['ZREVRANGE', key, '0', '-1', 'WITHSCORES']);
        return { job, rows: mapAnswer(rows, readStrings) };
      }),
  );
  const jobs: JobSightings[] = [];
  for (const { job, rows } of asked) {
    if (rows.kind === 'refused') return rows;
    jobs.push({ job, nodes: newestOfEach(rows.value) });
  }
  return { kind: 'answered', value: jobs };
}

async function firstAnswer(
  sessions: readonly Session[],
  args: readonly string[],
): Promise<Answered<unknown>> {
  let answer: Answered<unknown> = { kind: 'refused', why: 'no server answers', forbidden: false };
  for (const session of sessions) {
    answer = await session.ask(...args);
    if (answer.kind === 'answered') break;
  }
  return answer;
}

function readStrings(reply: unknown): readonly string[] | undefined {
  return Array.isArray(reply) ? reply.map(String) : undefined;
}

/** @param rows member and score by turns, the newest first */
function newestOfEach(rows: readonly string[]): readonly Sighting[] {
  const byNode = new Map<string, Sighting>();
  for (let at = 0; at < rows.length; at += 2) {
    const sighting = readSighting(rows[at] ?? '', Number(rows[at + 1]));
    if (sighting !== undefined && !byNode.has(sighting.node)) byNode.set(sighting.node, sighting);
  }
  return [...byNode.values()];
}

/** @returns undefined for what somebody else wrote */
function readSighting(member: string, seen: number): Sighting | undefined {
  const [node, schedule, command, version] = member.split(' ');
  if (!node || !schedule || !command || !version || Number.isNaN(seen)) return undefined;
  try {
    return { node, schedule: decodeURIComponent(schedule), command, version, seen };
  } catch {
    return undefined;
  }
}
