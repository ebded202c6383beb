import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEEDED_COMMANDS, neededCommands } from '../../../src/redis/survey/needed-commands.js';

const LUA = 'src/redis/lua';
const names = NEEDED_COMMANDS.map(({ name }) => name);

test('the commands that doctor tries are those of the scripts, and what the store sends', () => {
  const scripts = readdirSync(LUA).map((file) => readFileSync(join(LUA, file), 'utf8'));
  const called = scripts.flatMap((text) =>
    [...text.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) => name),
  );
  expect(new Set(names)).toEqual(new Set([...called, 'EVAL', 'XREAD', 'SADD']));
});

test('they are those that the documents name', () => {
  const guarantees = readFileSync('docs/guarantees.md', 'utf8');
  const [, named = ''] = /The user of an ACL needs(.*?)\n\n/s.exec(guarantees) ?? [];
  const listed = [...named.matchAll(/`([A-Z]+)`/g)].map(([, name = '']) => name);
  expect([...names].sort()).toEqual(listed.sort());
});

test('whatever makes a key that lasts is tried after what makes it expire', () => {
  const makers = NEEDED_COMMANDS.filter(({ makes }) => makes !== undefined);
  expect(makers.map(({ name }) => name)).toEqual(['INCR', 'HSET', 'XADD', 'ZADD', 'SADD']);
  for (const { name } of makers) {
    expect(names.indexOf(name)).toBeGreaterThan(names.indexOf('PEXPIRE'));
  }
});

test.each([
  [{ topology: 'single', db: 0, replicas: false }, []],
  [{ topology: 'single', db: 1, replicas: true }, ['SELECT', 'WAIT']],
  [{ topology: 'sentinel', db: 0, replicas: false }, ['ROLE']],
  [{ topology: 'cluster', db: 0, replicas: true }, ['WAIT', 'ASKING']],
] as const)('%j needs besides %j', (circumstances, besides) => {
  const needed = neededCommands(circumstances).map(({ name }) => name);
  expect(needed).toEqual([...names, ...besides]);
});
