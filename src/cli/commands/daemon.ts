import { usage } from '../../core/errors.js';
import { readBasis } from '../daemon/basis.js';
import { renderCheck } from '../daemon/check.js';
import { daemonHelp, parseDaemonFlags } from '../daemon/flags.js';
import { loadCrontab } from '../daemon/load-crontab.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { redisLogin } from '../run/redis-login.js';

/**
 * `redlock-run daemon CRONTAB`: cron for a fleet.
 *
 * @throws Failure `usage`, `config`, `denied` or `protocol` for what no waiting would mend
 */
export async function daemon(
  own: readonly string[],
  io: Io,
  job?: readonly string[],
): Promise<number> {
  if (job !== undefined) throw usage('daemon runs a crontab; leave -- and what follows it out');
  const flags = parseDaemonFlags(own);
  if (flags === 'help') {
    io.stdout.write(daemonHelp());
    return EXIT.ok;
  }
  const basis = await readBasis(flags, io);
  // Whatever is wrong with them is said by --check, too.
  redisLogin(basis.defaults, flags.flags, io);
  const entries = await loadCrontab(basis, io);
  if (flags.check) {
    io.stdout.write(renderCheck(flags.file, entries, io.now()));
    return EXIT.ok;
  }
  const { runDaemon } = await import('../daemon/run-daemon.js');
  return runDaemon(basis, entries, io);
}
