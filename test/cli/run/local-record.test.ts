import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendLine } from '../../../src/cli/run/local-record/append-line.js';
import { recordPlaces } from '../../../src/cli/run/local-record/places.js';
import { writeLocally } from '../../../src/cli/run/local-record/write-locally.js';
import { cli } from '../../support/cli.js';
import { freePort } from '../../support/free-port.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-record-'));
  file = join(folder, 'record.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
/** What is allowed, in bytes. */
const LIMIT = 1_048_576;

describe('the local record lies', () => {
  const person = { isRoot: false, home: '/home/me' };
  test.each<[string, Record<string, string>, Parameters<typeof recordPlaces>[1], string[]]>([
    ['in the home of HOME', { HOME: '/h' }, person, ['/h/.local/state']],
    ['in the home that the system knows', {}, person, ['/home/me/.local/state']],
    ['there too where HOME is empty', { HOME: '' }, person, ['/home/me/.local/state']],
    ['where XDG_STATE_HOME says', { HOME: '/h', XDG_STATE_HOME: '/s' }, person, ['/s']],
    [
      'not where it says so in part',
      { HOME: '/h', XDG_STATE_HOME: 's' },
      person,
      ['/h/.local/state'],
    ],
    ['nowhere without a home', {}, { isRoot: false, home: undefined }, []],
    ['nowhere in a home that is no path', { HOME: 'h' }, { isRoot: false, home: undefined }, []],
    [
      'in /var/lib for root',
      { HOME: '/root' },
      { isRoot: true, home: '/root' },
      ['/var/lib', '/root/.local/state'],
    ],
  ])('%s', (_, env, user, folders) => {
    expect(recordPlaces(env, user)).toEqual(
      folders.map((place) => join(place, 'redlock-run', 'record.jsonl')),
    );
  });

  test('in the next place where one cannot be written', () => {
    writeFileSync(join(folder, 'in-the-way'), '');
    const user = () => ({ isRoot: false, home: join(folder, 'home') });
    expect(() => writeLocally('{}', undefined, { HOME: join(folder, 'in-the-way') }, user)).toThrow(
      /ENOTDIR/,
    );
    writeLocally('{"a":1}', undefined, {}, user);
    expect(linesOf(join(folder, 'home/.local/state/redlock-run/record.jsonl'))).toEqual([
      '{"a":1}',
    ]);
  });

  test('nowhere, and that is said, where there is no home', () => {
    const nobody = () => ({ isRoot: false, home: undefined });
    expect(() => writeLocally('{}', undefined, {}, nobody)).toThrow('there is no home directory');
  });
});

describe('a line', () => {
  test('is appended, and the folder made', () => {
    const deep = join(folder, 'a', 'b', 'record.jsonl');
    appendLine(deep, 'one');
    appendLine(deep, 'two');
    expect(linesOf(deep)).toEqual(['one', 'two']);
  });

  test('begins a new file when the last one is full; one before it is kept', () => {
    writeFileSync(`${file}.1`, 'oldest');
    writeFileSync(file, `${'x'.repeat(LIMIT - 1)}\n`);
    appendLine(file, 'one');
    expect(linesOf(file)).toEqual(['one']);
    expect(statSync(`${file}.1`).size).toBe(LIMIT);
    expect(readdirSync(folder).sort()).toEqual(['record.jsonl', 'record.jsonl.1']);
  });

  test('is appended while another process moves the file, and after one that died of it', () => {
    writeFileSync(file, `${'x'.repeat(LIMIT)}\n`);
    mkdirSync(`${file}.moving`);
    appendLine(file, 'one');
    expect(existsSync(`${file}.1`)).toBe(false);
    expect(linesOf(file).at(-1)).toBe('one');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${file}.moving`, longAgo, longAgo);
    appendLine(file, 'two');
    appendLine(file, 'three');
    expect(linesOf(file)).toEqual(['three']);
    expect(linesOf(`${file}.1`).slice(1)).toEqual(['one', 'two']);
  });

  test.each(['/dev/full', '/dev/null', '/proc/nothing/here', tmpdir()])(
    'is refused by %s',
    (place) => {
      expect(() => appendLine(place, 'one')).toThrow();
    },
  );

  test('may not be read into by strangers', () => {
    appendLine(file, 'one');
    expect(statSync(file).mode & 0o022).toBe(0);
    chmodSync(file, 0o600);
  });
});

test('many nodes that append at once, while the file is full, lose nothing', async () => {
  const old = `${'x'.repeat(LIMIT - 600)}\n`;
  writeFileSync(file, old);
  const url = `redis://127.0.0.1:${await freePort()}`;
  const args = ['--redis-timeout', '200ms', '--on-redis-down', 'skip', '--local-record', file];
  const names = Array.from({ length: 16 }, (_, i) => `node-${i}`);
  const results = await Promise.all(
    names.map((name) =>
      cli(['-k', 'a', '--node', name, ...args, '--', 'true'], { env: { REDIS_URL: url } }),
    ),
  );
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']));
  const lines = [...linesOf(`${file}.1`), ...linesOf(file)].filter((line) => line.startsWith('{'));
  expect(lines.map((line) => JSON.parse(line).node).sort()).toEqual([...names].sort());
  expect(statSync(`${file}.1`).size).toBeGreaterThanOrEqual(old.length);
});
