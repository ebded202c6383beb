import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** The processes of one run: those that a timeout must not leave behind. */
export interface Family {
  /** Looks who is alive now (zombies are not) and returns the ids. */
  living(): number[];
  /**
   * Sends a signal to the leader's group, at once so that nobody can be forked past it, and to
   * everyone else whom the last look found.
   */
  signal(name: NodeJS.Signals): void;
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot: together with the id it names a process for good. */
  readonly started: number;
}

/**
 * A process belongs to the run that `leader` was started for if it is in the leader's session,
 * descends from a member, or carries the run's marker in its environment. The last finds what left
 * the session by setsid(2) and lost its parent by a double fork. Once found, a member stays one.
 *
 * What sheds all three (`env -i` after a double fork, a service manager asked to start something) is
 * not found. Where there is no process table to read (not Linux), only the group is.
 *
 * @param leader id of the first process; also that of its group and session
 * @param marker `NAME=value` pairs that only this run carries; none: the environment is not looked at
 */
export function familyOf(leader: number, marker: readonly string[]): Family {
  let members: Entry[] = [];
  let since = 0;

  const isMember = (entry: Entry) =>
    entry.session === leader ||
    members.some(({ pid, started }) => pid === entry.pid && started === entry.started) ||
    carries(entry, marker);

  return {
    living() {
      const table = processTable();
      if (table === undefined) return signalled(-leader, 0) ? [-leader] : [];
      // Nobody older than the leader is a member: that spares us most environments.
      since ||= table.find(({ pid }) => pid === leader)?.started ?? 0;
      const young = table.filter(({ pid, started }) => pid !== process.pid && started >= since);
      members = withDescendants(young.filter(isMember), young);
      return members.map(({ pid }) => pid);
    },
    signal(name) {
      signalGroup(leader, name);
      for (const { pid, group } of members) if (group !== leader) signalled(pid, name);
    },
  };
}

/** Signals a process group; one that is gone, or another user's by now, is passed over. */
export function signalGroup(leader: number, name: NodeJS.Signals): void {
  signalled(-leader, name);
}

function signalled(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Every living process, from `/proc` (proc(5)); undefined on a system without it. */
function processTable(): Entry[] | undefined {
  let ids: string[];
  try {
    ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const table = ids.flatMap((id) => entryOf(id) ?? []);
  return table.length === 0 ? undefined : table;
}

function entryOf(id: string): Entry | undefined {
  const stat = contentOf(`/proc/${id}/stat`);
  // The name in parentheses may hold spaces and parentheses of its own.
  const [state = '', parent, group, session, ...rest] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ');
  if (!/^[^ZXx]$/.test(state)) return undefined;
  // starttime is field 22; `rest` begins with field 7.
  return {
    pid: Number(id),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: Number(rest[15]),
  };
}

function carries({ pid }: Entry, marker: readonly string[]): boolean {
  if (marker.length === 0) return false;
  const pairs = new Set(contentOf(`/proc/${pid}/environ`).split('\0'));
  return marker.every((pair) => pairs.has(pair));
}

/** Empty if the process has gone meanwhile, or is not ours to look at. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function withDescendants(roots: Entry[], table: Entry[]): Entry[] {
  const members = new Map(roots.map((entry) => [entry.pid, entry]));
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const entry of table) if (members.has(entry.parent)) members.set(entry.pid, entry);
  }
  return [...members.values()];
}
