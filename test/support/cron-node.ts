import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Which cron a node has, and where it reads its crontab. */
export type CronKind = 'cron.d' | 'spool' | 'busybox';

export interface CronNode {
  /** Rejects never; resolves when the daemon is gone. */
  readonly ended: Promise<unknown>;
  /** Ends it by its own id. */
  stop(): Promise<unknown>;
}

const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
const ISOLATED = ['unshare', '--mount', '--uts'];

/**
 * Whether Debian's cron can be started beside that of the machine: it needs its own view of /etc, which not
 * every container grants. busybox does not.
 *
 * @throws Error saying what to install, or as whom to run
 */
export function canIsolateCron(): boolean {
  demand('cron changes users: run this as root, or allow sudo without a password', 'true');
  if (!works(...ISOLATED, 'true')) return false;
  demand('cron is not installed; run: apt-get install cron', 'sh', '-c', 'command -v cron');
  return true;
}

/** Fails with `otherwise` where a command does. */
export function demand(otherwise: string, ...words: string[]): void {
  if (!works(...words)) throw new Error(otherwise);
}

function works(...words: string[]): boolean {
  const [command = '', ...args] = [...AS_ROOT, ...words];
  return spawnSync(command, args).status === 0;
}

/** A real cron daemon on a node of its own. @param crontab lines without a user */
export function startCronNode(name: string, kind: CronKind, crontab: string): CronNode {
  const isolated = kind === 'busybox' ? [] : ISOLATED;
  const script = fileURLToPath(new URL('fixtures/cron-node.sh', import.meta.url));
  const [command = '', ...args] = [...AS_ROOT, ...isolated, script, name, kind, crontab];
  const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  return {
    ended,
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}
