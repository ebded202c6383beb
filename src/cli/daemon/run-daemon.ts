import type { ClaimStore } from '../../core/claim.js';
import { sleep } from '../../core/clock.js';
import { formatDuration } from '../../core/duration.js';
import { Failure } from '../../core/errors.js';
import { checkNodeName } from '../../core/limits.js';
import { StopSwitch } from '../../core/stop.js';
import { Daemon } from '../../daemon/daemon.js';
import { noticeForInit } from '../../process/init.js';
import { serviceManager } from '../../process/service-manager.js';
import { prepareToSpawn } from '../../process/spawn-job.js';
import { startingTerminal } from '../../process/terminal.js';
import { openSharedStore } from '../../redis/shared/open-shared-store.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { createSharedOutput, type SharedOutput } from '../job-output.js';
import { redisLogin } from '../run/redis-login.js';
import type { Settings } from '../run/settings.js';
import { storeOptions } from '../run/store-options.js';
import { sayPasswordIsSeen } from '../run/words.js';
import type { Basis } from './basis.js';
import { obeySignals } from './control.js';
import type { DaemonEntry } from './entry.js';
import { environmentOf } from './environment-of.js';
import { eventsOf, nodeCronLogger } from './events.js';
import { jobsOf } from './jobs.js';
import { loadCrontab } from './load-crontab.js';
import { Owners } from './owners.js';
import { createReporters } from './reporters.js';
import { Turns } from './turns.js';
import { howMany } from './words.js';

/** ms for the first question to Redis: a wrong password is to be found now, not at 03:00. */
const FIRST_LOOK = 5_000;
/** ms for the last words, where nobody reads them. */
const LAST_WORDS = 1_000;

/**
 * Runs the crontab until told to stop.
 *
 * @returns the exit code
 * @throws Failure for what no waiting would mend
 */
export async function runDaemon(
  basis: Basis,
  first: readonly DaemonEntry[],
  realIo: Io,
): Promise<number> {
  const { flags, defaults } = basis;
  const output = await createOutput(defaults, realIo);
  const io: Io = { ...realIo, stdout: output.stdout, stderr: output.stderr };
  const node = defaults.node ?? checkNodeName(io.hostname(), 'the host name (set --node)');
  const reporters = await createReporters(defaults, node, io);
  const { own } = reporters;
  const login = redisLogin(defaults, flags.flags, io);
  if (login.isSeenByPs) sayPasswordIsSeen(own);
  const store = openSharedStore(login.targets, storeOptions(defaults, io.clock));
  const service = serviceManager({
    env: io.env,
    pid: io.signals.pid,
    clock: io.clock,
    warn: (message) => own.warn('service-manager', message),
  });
  const notice = noticeForInit(io.signals.pid);
  if (notice !== undefined) own.warn('init', notice);

  const daemon = new Daemon({
    reach: (within) => store.reach(within),
    clock: io.clock,
    now: () => io.now(),
    catchUp: flags.catchUp,
    events: eventsOf(own),
    logger: nodeCronLogger(own),
  });
  const jobs = jobsOf({
    store,
    login,
    node,
    io,
    leaving: daemon.leaving,
    catchUp: flags.catchUp,
    reporterFor: ({ key }, slot) => reporters.about(key, { key, slot }),
    environmentFor: (entry) => environmentOf(entry, io.env, login.secretVariables),
    outputFor: ({ key }, slot) => output.of({ key, slot, node }),
    turns: new Turns(),
    owners: new Owners(() => io.randomId()),
    unanswered: (because) => daemon.unanswered(because),
  });

  const reload = async () => {
    service.reloading();
    try {
      const entries = await loadCrontab(basis, io);
      if (daemon.leaving.announced.requested) return;
      daemon.replace(jobs.scheduled(entries));
      own.info('reloaded', `reloaded: ${summary(entries, basis)}`);
      service.ready(summary(entries, basis));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      own.error('not-reloaded', `not reloaded, the old crontab stays: ${reason}`);
      service.ready('running an older crontab: the file is broken');
    }
  };
  const stopped = new StopSwitch();
  const started = new StopSwitch();
  // A reload that is asked for before there is anything to reload comes after that.
  let reloading = new Promise<void>((resolve) => started.whenRequested(resolve));
  obeySignals(io.signals, startingTerminal(), {
    reload() {
      reloading = reloading.then(reload);
    },
    stop(by) {
      own.info('leaving', `told to stop by ${by}; nothing more is fired`);
      service.stopping(`waiting up to ${formatDuration(flags.grace)} for what runs`);
      void daemon.stop(flags.grace).then(() => stopped.request());
    },
    stopAtOnce() {
      daemon.stopAtOnce();
      // Redis may be away: then nobody is told how the jobs have ended.
      io.clock.after(LAST_WORDS, () => stopped.request());
    },
  });

  const whenStopped = new Promise<void>((resolve) => stopped.whenRequested(resolve));
  await Promise.race([refuseMistakes(store), whenStopped]);
  if (!daemon.leaving.announced.requested) {
    daemon.start(jobs.scheduled(first), jobs.atStart(first));
    own.info('ready', `ready: ${summary(first, basis)}`);
    service.ready(summary(first, basis));
    started.request();
    void prepareToSpawn();
  }
  const endWatchdog = service.watch(() => daemon.isBeating);
  await whenStopped;
  endWatchdog();
  store.close();
  await Promise.all(
    [output.flushed(), service.sent()].map((words) => atMost(LAST_WORDS, words, io)),
  );
  return EXIT.ok;
}

async function createOutput({ log }: Settings, io: Io): Promise<SharedOutput> {
  const coloured = log === 'text' && io.stdout.isTTY && !io.env.NO_COLOR;
  const { paint } = coloured ? await import('../paint.js') : { paint: undefined };
  const dim = paint && ((text: string) => paint('info', text));
  return createSharedOutput({ io, format: log, ...(dim && { paint: dim }) });
}

/** An outage ends by itself. @throws Failure for what does not */
async function refuseMistakes(store: ClaimStore): Promise<void> {
  try {
    await store.reach(FIRST_LOOK);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
  }
}

function summary(entries: readonly DaemonEntry[], { flags }: Basis): string {
  return `${howMany(entries)} of ${flags.file}`;
}

function atMost(ms: number, done: Promise<void>, { clock }: Io): Promise<unknown> {
  return Promise.race([done, sleep(clock, ms)]);
}
