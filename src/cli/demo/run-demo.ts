import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../core/duration.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { isKept, JOB_SCRIPT, verdict } from './journal.js';
import { play } from './play.js';
import { type PrivateRedis, startEmbedded, startInstalled } from './private-redis.js';
import { createTable } from './table.js';

const FLEET = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5'];
const KEY = 'demo';
const LEASE = 1_000;

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A fleet on this machine.
 *
 * @param embedded use the Redis that comes with us even where a real one is installed
 * @returns 0 when every slot ran exactly once, 1 when not, 128 + n when signal n ended it
 */
export async function runDemo(io: Io, embedded: boolean): Promise<number> {
  const stopping = new AbortController();
  const listeners = STOPPING.map((name) => [name, () => stopping.abort(name)] as const);
  for (const [name, listener] of listeners) io.signals.on(name, listener);

  const folder = mkdtempSync(join(tmpdir(), 'redlock-run-demo-'));
  let redis: PrivateRedis | undefined;
  try {
    redis = (embedded ? undefined : await startInstalled(folder)) ?? (await startEmbedded());
    return await perform(io, redis, folder, stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    return EXIT.signal + constants.signals[stoppedBy(stopping.signal)];
  } finally {
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
    for (const [name, listener] of listeners) io.signals.off(name, listener);
  }
}

async function perform(
  io: Io,
  redis: PrivateRedis,
  folder: string,
  stopped: AbortSignal,
): Promise<number> {
  const journal = join(folder, 'journal');
  const config = join(folder, 'config.json');
  writeFileSync(journal, '');
  writeFileSync(config, '{}');

  const show = (line: string) => io.stdout.write(`${line}\n`);
  const at = `127.0.0.1:${redis.port}`;
  const table = createTable(FLEET, io.stdout.isTTY && !io.env.NO_COLOR);
  show(`Five nodes on this machine share ${redis.name} on ${at}.`);
  show('At every slot each of them starts a real process:');
  show(`  redlock-run --key ${KEY} --slot SLOT --node NODE -- ./job.sh\n`);

  const findings = await play({
    fleet: FLEET,
    crontab: {
      options: [
        ...['--key', KEY, '--redis', `redis://${at}`, '--lease', formatDuration(LEASE)],
        // A file of our own, though an empty one: this machine may have another in /etc.
        ...['--config', config],
      ],
      jobScript: JOB_SCRIPT,
      cwd: folder,
      env: { PATH: io.env.PATH, DEMO_JOURNAL: journal },
    },
    lease: LEASE,
    journal,
    table,
    show,
    now: () => io.now(),
    stopped,
  });

  const kept = isKept(findings);
  show('\nBy the journal that the jobs themselves wrote, without asking Redis:');
  show(table.verdict(verdict(findings), kept));
  return kept ? EXIT.ok : 1;
}

function stoppedBy(signal: AbortSignal): (typeof STOPPING)[number] {
  return STOPPING.find((name) => name === signal.reason) ?? 'SIGTERM';
}
