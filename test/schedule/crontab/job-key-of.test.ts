import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkJobKey } from '../../../src/core/job-key.js';
import { jobKeyOf } from '../../../src/schedule/crontab/job-key-of.js';
import { entriesOf, entryOf } from './parse.js';

const keyOf = (text: string, system = false) => jobKeyOf(entryOf(text, system));

describe('the key of an entry that has none', () => {
  test.each([
    ['/opt/app/bin/backup.sh --all', 'backup.sh'],
    ['A=1 sudo -u www-data nice -n 19 /opt/x/rotate', 'rotate'],
    ['cd /srv/shop && php artisan schedule:run', 'artisan'],
    ['php -d memory_limit=1G -f /var/www/cron.php', 'cron.php'],
    ['python3 -m http.server', 'http.server'],
    ["perl -e 'sleep int(rand(43200))'; certbot -q renew", 'certbot'],
    ['sleep 5; date > /tmp/x; echo hello; run', 'run'],
    ['bash -c "cd /x; ./y.sh z"', 'y.sh'],
    ['sh', 'sh'],
    ['[ -x /a ] && /a', 'a'],
    ['~/bin/été --x', 't'],
    ['"/opt/my tools/back up"', 'back-up'],
    [`/bin/${'x'.repeat(100)}`, 'x'.repeat(40)],
    ['--', 'job'],
    ['cd /', 'job'],
    ['# nothing', 'job'],
    ['$(', 'job'],
  ])('%s: %s', (command, name) => {
    const key = keyOf(`0 3 * * * ${command}\n`);
    expect(key).toMatch(/^[A-Za-z0-9._-]+-[0-9a-f]{12}$/);
    expect(key.slice(0, -13)).toBe(name);
    expect(checkJobKey(key, 'key')).toBe(key);
  });

  test('ends with a digest that will not change', () => {
    const told = ['0 3 * * *', '/opt/app/bin/nightly', null, null, null];
    const digest = createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 12);
    expect(keyOf('0 3 * * * /opt/app/bin/nightly')).toBe(`nightly-${digest}`);
    expect(keyOf('0 3 * * * /opt/app/bin/nightly')).toBe('nightly-a1538a8239e5');
  });

  test.each([
    ['0 3 * * * run', '0  3\t* * *   run \n'],
    ['0 3 * * * run', 'A=b\n# redlock-run: timeout=1h\n\n0 3 * * * run'],
    ['0 3 * * * run', '0 3 * * * run  # redlock-run: timeout=1h'],
    ['0 3 * * * run', '0 3 * \\\n * * run'],
    ['0 0 * * * run', '@daily run'],
    ['@daily run', '@midnight run'],
  ])('is the same for %j and %j', (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test('is another for another schedule, zone, command, input or user', () => {
    const entries = entriesOf(
      '0 3 * * * run\n1 3 * * * run\n0 0 3 * * * run\n@reboot run\n0 3 * * * run it\n0 3 * * * run%it\n' +
        'CRON_TZ=Europe/London\n0 3 * * * run\nCRON_TZ=UTC\n0 3 * * * run\n',
    );
    const users = entriesOf('0 3 * * * root run\n0 3 * * * list run\n', true);
    const keys = [...entries, ...users].map((entry) => jobKeyOf(entry));
    expect(new Set(keys).size).toBe(10);
  });
});
