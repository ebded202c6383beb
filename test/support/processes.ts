import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * What every process of one test file carries in its environment, so that none is left unseen, even
 * when its parent died and init adopted it.
 */
export const TAG = randomUUID();

// Children that inherit our environment carry it without being asked to.
process.env.TEST_TAG = TAG;

export interface Proc {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Every living process that descends from this one, carries our tag, or works in `folder`: redis-server
 * writes its title over its environment.
 */
export function ourProcesses(folder = process.env.TMPDIR): Proc[] {
  const all = new Map(
    livingPids()
      .flatMap((pid) => statOf(pid))
      .map((proc) => [proc.pid, proc]),
  );
  const descends = (pid: number): boolean => {
    const parent = all.get(pid)?.parent;
    return parent === process.pid || (parent !== undefined && parent > 1 && descends(parent));
  };
  const worksHere = (pid: number) =>
    folder !== undefined && target(`/proc/${pid}/cwd`).startsWith(folder);
  return [...all.values()].filter(
    ({ pid }) => pid !== process.pid && (descends(pid) || carriesTag(pid) || worksHere(pid)),
  );
}

/** The TCP ports that this process listens on, from /proc/net/tcp (proc(5)). */
export function ourPorts(): number[] {
  const own = new Set(readdirSync('/proc/self/fd').map((fd) => target(`/proc/self/fd/${fd}`)));
  const rows = ['tcp', 'tcp6'].flatMap((table) => content(`/proc/self/net/${table}`).split('\n'));
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    if (state !== LISTENING || !own.has(`socket:[${inode}]`)) return [];
    return [Number.parseInt(local.slice(local.indexOf(':') + 1), 16)];
  });
}

const LISTENING = '0A';

/** `R`, `S`, `T`, … (proc(5)); undefined when there is no such process, or a dead one. */
export function stateOf(pid: number): string | undefined {
  const stat = content(`/proc/${pid}/stat`);
  const state = stat[stat.lastIndexOf(')') + 2];
  return state === 'Z' || state === 'X' ? undefined : state;
}

const SIGHUP = constants.signals.SIGHUP;

/** Whether it has listeners for signals by now: Node itself never catches SIGHUP (proc(5), SigCgt). */
export function listensForSignals(pid: number): boolean {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(content(`/proc/${pid}/status`)) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(SIGHUP - 1)) & 1n) === 1n;
}

function livingPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => stateOf(pid) !== undefined);
}

function statOf(pid: number): Proc[] {
  const stat = content(`/proc/${pid}/stat`);
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (parent === undefined) return [];
  const command = content(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return [{ pid, parent: Number(parent), command }];
}

function carriesTag(pid: number): boolean {
  return content(`/proc/${pid}/environ`).split('\0').includes(`TEST_TAG=${TAG}`);
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
