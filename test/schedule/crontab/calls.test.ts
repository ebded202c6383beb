import { describe, expect, test } from 'vitest';
import { isWrapped } from '../../../src/schedule/crontab/is-wrapped.js';
import { callsOf } from '../../../src/schedule/crontab/shell-calls.js';

describe('the programs that a command calls', () => {
  test.each<[string, string[]]>([
    ['run', ['run']],
    ['/usr/local/bin/run -x "a b"', ['run -x a b']],
    ['A=1 B="x y" run', ['run']],
    ['a && b || c; d | e & (f) & { g; }', ['a', 'b', 'c', 'd', 'e', 'f', 'g', '}']],
    ['if a; then b; else c; fi', ['a', 'b', 'c', 'fi']],
    ['! a', ['a']],
    ['a > /dev/null 2>&1 < in b', ['a b']],
    ['a &> log; b', ['a', 'b']],
    ['a "x;y" \'p&&q\' r\\;s', ['a x;y p&&q r;s']],
    ['a "$(b "c d"; e)" `f; g` $(h; i) j', ['a $(b "c d"; e) `f; g` $(h; i) j']],
    ['a $(b \\) c; d) e', ['a $(b \\) c; d) e']],
    ['a # b; c', ['a']],
    ['a#b c', ['a#b c']],
    ['sudo -u www-data -n -- nice -n 19 ionice -c 3 a', ['a']],
    ['timeout -k 5 1h env -u HOME X=1 a b', ['a b']],
    ['flock -n /run/x.lock a', ['a']],
    ["flock -n /run/x.lock -c 'a; b'", ['a', 'b']],
    ["sh -c 'a && b'", ['a', 'b']],
    ["su - app -c 'a; b'", ['a', 'b']],
    ["su -s /bin/sh -c 'a' app", ['a']],
    ["runuser -l app -c 'a; b'", ['a', 'b']],
    ['runuser -u app -- a b', ['a b']],
    ['su app', ['su app']],
    ['sudo -iu app a', ['a']],
    ['nice -n19 a', ['a']],
    ['/usr/bin/time -v -o /tmp/x a', ['a']],
    ['time a', ['a']],
    ['cronic a', ['a']],
    ['taskset -c 0,2 a', ['a']],
    ['systemd-cat -t x -p info a b', ['a b']],
    ['gosu app a', ['a']],
    ['su-exec app:app a', ['a']],
    ["bash -lc 'exec a'", ['a']],
    ['sh run.sh -c x', ['sh run.sh -c x']],
    ['exec /bin/a', ['a']],
    ['"a b', ['a b']],
    ['', []],
    ['# a', []],
  ])('%s', (script, expected) => {
    expect(callsOf(script).map(({ name, args }) => [name, ...args].join(' '))).toEqual(expected);
  });
});

describe('a command is wrapped when it calls redlock-run to run a job', () => {
  test.each([
    ['redlock-run --key a -- run'],
    ['redlock-run run --key a -- run'],
    ['redlock-run -k a -- run'],
    ['/usr/local/bin/redlock-run --key=a -- run'],
    ['"/opt/my tools/redlock-run" -- run'],
    ['REDIS_URL=redis://r A=b redlock-run -k a -- run'],
    ['sudo -u deploy redlock-run -k a -- run'],
    ['nice -n 5 env A=b redlock-run -k a -- run'],
    ['exec redlock-run -k a -- run'],
    ['npx --yes redlock-run -k a -- run'],
    ['cd /srv && redlock-run -k a -- run'],
    ['test -x /x || ( cd / && redlock-run -k a -- run )'],
    ['if test -e /x; then redlock-run -k a -- run; fi'],
    ['sleep 5; redlock-run -k a -- run >> /var/log/x 2>&1'],
    ["sh -c 'redlock-run -k a -- run'"],
    ['redlock-run -k a --shell -- "a; b"'],
    ["su - app -c 'redlock-run -k a -- run'"],
    ['runuser -u app -- redlock-run -k a -- run'],
    ['systemd-cat -t x redlock-run -k a -- run'],
    ['/usr/bin/time -v redlock-run -k a -- run'],
    ['cronic redlock-run -k a -- run'],
    ['taskset -c 0 redlock-run -k a -- run'],
    ['gosu app redlock-run -k a -- run'],
    ['npx -y redlock-run@latest -k a -- run'],
    ['node /opt/redlock-run/bin/redlock-run.js run -k a -- run'],
    ['/usr/bin/node --max-old-space-size=64 /usr/bin/redlock-run -k a -- run'],
    ['$(which redlock-run) -k a -- run'],
    ['"$(command -v redlock-run)" -k a -- run'],
    ['`which redlock-run` -k a -- run'],
  ])('%s', (command) => {
    expect(isWrapped(command)).toBe(true);
  });

  test.each([
    ['run'],
    ['echo redlock-run --key a -- run'],
    ['echo "; redlock-run --key a -- run"'],
    ["echo 'a && redlock-run -k a -- run'"],
    ['echo \\; redlock-run -k a'],
    ['cat /etc/redlock-run --key'],
    ['/opt/redlock-run/bin/backup --key a'],
    ['redlock-run-old --key a -- run'],
    ['run # redlock-run --key a -- run'],
    ['run # redlock-run: key=a'],
    ['redlock-run doctor'],
    ['redlock-run status'],
    ['redlock-run --version'],
    ['redlock-run --help'],
    ['redlock-run'],
    ['run > redlock-run --key'],
    ['tar cf x $(redlock-run slots @daily)'],
    ['$(which redlock-run) doctor'],
    ['node /opt/redlock-run/app.js -k a'],
    ['$(redlock-run slots @daily) -k a'],
  ])('not: %s', (command) => {
    expect(isWrapped(command)).toBe(false);
  });
});
