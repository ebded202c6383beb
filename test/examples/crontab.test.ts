import { expect, test } from 'vitest';
import { type Crontab, readCrontab } from './crontab-text.js';
import { expectElection } from './election.js';
import { example, useStage } from './stage.js';

const stage = useStage();

const files: [string, Crontab][] = [
  ['cron/crontab', readCrontab(example('cron/crontab'), false)],
  ['cron.d/redlock-run', readCrontab(example('cron.d/redlock-run'), true)],
];

test('a file of /etc/cron.d has a name that cron reads', () => {
  // Debian's cron passes over others, as run-parts(8) does.
  for (const [name] of files) expect(name.split('/').at(-1)).toMatch(/^[\w-]+$/);
});

test.each(files)('%s lets cron find redlock-run and node', (_, { env }) => {
  expect(env.PATH?.split(':')).toEqual(expect.arrayContaining(['/usr/local/bin', '/usr/bin']));
});

test('cron.d/redlock-run holds no password', () => {
  expect(example('cron.d/redlock-run')).not.toMatch(/PASSWORD=|:\/\/[^/\s]*@/);
});

const entries = files.flatMap(([name, { env, entries }]) =>
  entries.map((entry) => ({ name, env, ...entry })),
);

test.each(entries)('$name: $line', async ({ when, command, env }) => {
  // Without --schedule the slot is the minute.
  const schedule = /--schedule (?:'([^']*)'|(\S+))/.exec(command);
  expect(schedule?.[1] ?? schedule?.[2] ?? '* * * * *').toBe(when);

  const { PATH, MAILTO, ...rest } = env;
  const given = Object.entries(rest).map(([name, value]) => [name, stage.at(value)]);
  await expectElection(stage, command, Object.fromEntries(given));
});
