import type { NodeCronLogger } from '../../daemon/beat.js';
import type { DaemonEvents } from '../../daemon/daemon.js';
import type { Reporter } from '../reporter.js';
import { rounded } from './words.js';

/** Puts into words what the daemon has to tell of itself. */
export function eventsOf(reporter: Reporter): DaemonEvents {
  return {
    redisAway: (because) =>
      reporter.warn(
        'redis-away',
        `Redis is away; until it is back, each slot follows its --on-redis-down: ${reasonOf(because)}`,
      ),
    redisBack: () => reporter.info('redis-back', 'Redis is back'),
    late: () =>
      reporter.warn('late', 'suspended, or busy for too long: slots may have been missed'),
    clockLeapt: (ms) =>
      reporter.warn(
        'clock-leapt',
        ms > 0
          ? `the clock leapt ${rounded(ms)} forward, or the machine was suspended`
          : `the clock was set back by ${rounded(-ms)}`,
        { ms: Math.round(ms) },
      ),
    waitingFor: (running) =>
      reporter.info('waiting', `waiting for what is under way: ${running}`, { running }),
  };
}

/** node-cron speaks of its tasks, which are beats to us: for who wants to hear everything. */
export function nodeCronLogger(reporter: Reporter): NodeCronLogger {
  const say = (message: string | Error) =>
    reporter.info(
      'node-cron',
      `node-cron: ${message instanceof Error ? message.message : message}`,
    );
  return {
    info: say,
    warn: say,
    debug: say,
    error: (message, error) =>
      reporter.error('node-cron', `node-cron: ${reasonOf(error ?? message)}`),
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
