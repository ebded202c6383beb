import { userInfo } from 'node:os';

/** What cron searches where no crontab says otherwise (crontab(5), Debian). */
export const CRON_PATH = '/usr/bin:/bin';

/** All that cron gives a job (crontab(5)): nothing of a profile, a login or a shell. */
export function cronEnvironment(): Record<'HOME' | 'LOGNAME' | 'SHELL' | 'PATH', string> {
  const { username, homedir } = user();
  return { HOME: homedir, LOGNAME: username, SHELL: '/bin/sh', PATH: CRON_PATH };
}

/** A container may run as a number that no file knows. */
function user(): { readonly username: string; readonly homedir: string } {
  try {
    return userInfo();
  } catch {
    return { username: 'nobody', homedir: '/' };
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that redlock-run, Node or the AWS SDK obey. */
const OBEYED = /^(?:REDLOCK_RUN_|REDIS_|AWS_|TZ$|NODE_OPTIONS$|NODE_EXTRA_CA_CERTS$|SSL_CERT_)/;

/** The names of what is set here, would count, and is not there when cron starts a job. */
export function leftOutByCron(env: Env): readonly string[] {
  return Object.keys(env)
    .filter((name) => OBEYED.test(name) && (env[name] ?? '') !== '')
    .sort();
}

/** What crontabs often call, and where it is often found: not in CRON_PATH. */
export const USUAL_COMMANDS: readonly string[] = [
  ...['bash', 'python3', 'perl', 'ruby', 'php', 'java', 'go', 'npm', 'npx', 'make', 'git', 'jq'],
  ...['curl', 'wget', 'rsync', 'tar', 'gzip', 'find', 'logger', 'mail', 'sendmail'],
  ...['docker', 'podman', 'kubectl', 'aws', 'gcloud', 'az', 'terraform', 'ansible-playbook'],
  ...['psql', 'pg_dump', 'mysql', 'mysqldump', 'mongodump', 'redis-cli', 'sqlite3'],
  ...['service', 'systemctl', 'ip', 'iptables', 'logrotate', 'certbot', 'borg', 'restic'],
];
