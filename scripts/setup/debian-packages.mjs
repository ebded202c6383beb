// Installs what the tests need from Debian, where this may be done without asking anybody.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { run, StepFailed } from './run.mjs';

/** The programs that the tests start, and the packages that have them. */
const NEEDED = [
  { program: 'redis-server', from: 'redis-server' },
  { program: 'cron', from: 'cron' },
  // Debian's other busybox has no crond.
  { program: 'busybox', applet: 'crond', from: 'busybox-static' },
  { program: 'faketime', from: 'faketime' },
  { program: 'systemd-analyze', from: 'systemd' },
  { program: 'openssl', from: 'openssl' },
  { program: 'sqlite3', from: 'sqlite3' },
  { program: 'script', from: 'bsdutils' },
  { program: 'unshare', from: 'util-linux' },
];

/** Daemons are in directories that a user's PATH may leave out. */
const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * @returns {Promise<string>} what was done, for people
 * @throws {StepFailed} saying in one line what to install
 */
export async function installDebianPackages() {
  const missing = NEEDED.filter((need) => !isThere(need)).map(({ from }) => from);
  if (missing.length === 0) return 'in place';
  const asRoot = rootPrefix();
  if (asRoot === undefined || !isInstalled('apt-get')) {
    const command = `sudo apt-get install ${missing.join(' ')}`;
    throw new StepFailed(`the tests need ${missing.join(', ')}; install them: ${command}`);
  }
  const [program, ...args] = [...asRoot, 'sh', '-c', INSTALL, 'sh', ...missing];
  await run(program, args);
  const still = NEEDED.filter((need) => !isThere(need)).map(({ program }) => program);
  if (still.length > 0) throw new StepFailed(`still not there: ${still.join(', ')}`);
  return `installed ${missing.join(' ')}`;
}

/**
 * Daemons that come with the packages are not started now (policy-rc.d), and Redis not at the next
 * boot either: the tests start their own.
 */
const INSTALL = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get -q update
apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"
case " $* " in *" redis-server "*)
  if [ -d /run/systemd/system ]; then systemctl disable redis-server; fi ;;
esac
`;

function isThere({ program, applet }) {
  if (!isInstalled(program)) return false;
  if (applet === undefined) return true;
  const { stdout } = spawnSync(program, ['--list'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').includes(applet);
}

function isInstalled(program) {
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @returns {string[] | undefined} what to put before a command; undefined where it may not be done */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}
