import { homedir } from 'node:os';
import { versions } from 'node:process';
import { findCommand } from '../../../process/find-command.js';
import { ownZoneName } from '../../commands/slots/local-time.js';
import type { Io } from '../../io.js';
import { CRON_PATH, USUAL_COMMANDS } from './cron.js';
import { type Outage, readOutages } from './outages.js';
import { askTimeServices, type TimeAnswer } from './time-services.js';

/** What this node is, as far as cron jobs care. */
export interface NodeFacts {
  readonly nodeVersion: string;
  /** IANA name. */
  readonly timezone: string;
  /** Commands that this environment finds and cron's does not, and ours, which cron must find. */
  readonly lostInCron: readonly string[];
  readonly timeServices: readonly TimeAnswer[];
  /** Set here and missing in cron's environment; undefined when this is not cron's. */
  readonly leftOut: readonly string[] | undefined;
  /** What the local record tells, oldest first. */
  readonly outages: readonly Outage[];
}

export async function nodeFacts(
  io: Io,
  leftOut: readonly string[] | undefined,
  localRecord: string | undefined,
): Promise<NodeFacts> {
  return {
    nodeVersion: versions.node,
    timezone: ownZoneName(),
    lostInCron: lostInCron(io),
    timeServices: await askTimeServices(io.env.PATH),
    leftOut,
    outages: readOutages(localRecord, io.env),
  };
}

/** These two must be found wherever they are. */
const OURS: readonly string[] = ['node', 'redlock-run'];

function lostInCron({ env }: Io): readonly string[] {
  const cwd = homedir();
  const isFound = (name: string, path: string | undefined) =>
    findCommand(name, { path, cwd }).kind === 'found';
  return [...OURS, ...USUAL_COMMANDS.filter((name) => isFound(name, env.PATH))].filter(
    (name) => !isFound(name, CRON_PATH),
  );
}
