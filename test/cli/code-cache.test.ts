import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failOnLeaks } from '../support/leaks.js';
import { TAG } from '../support/processes.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.geteuid?.() === 0;
/** Somebody to whom the package does not belong; the tests must be root to be another. */
const NOBODY = 65_534;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** An installation of our own, which others can read and nobody but us can write to. */
let installed: string;
let home: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'code-cache-'));
  chmodSync(folder, 0o755);
  installed = join(folder, 'package');
  home = join(folder, 'home');
  mkdirSync(installed, { mode: 0o755 });
  for (const part of ['bin', 'dist']) {
    cpSync(join(PACKAGE, part), join(installed, part), { recursive: true });
  }
  mkdirSync(home, { mode: 0o755 });
});
afterEach(() => rmSync(join(installed, '..'), { recursive: true }));

interface Caller {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  readonly asNobody?: boolean;
  readonly bin?: string;
}

/** Runs the installed command; whatever its cache is like, it must say nothing about it. */
async function start(args: readonly string[], caller: Caller = {}): Promise<number | null> {
  const { env = {}, nodeArgs = [], asNobody = false } = caller;
  const bin = join(installed, 'bin/redlock-run.js');
  const child = spawn(process.execPath, [...nodeArgs, bin, ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, TEST_TAG: TAG, REDIS_URL: redis.url, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(asNobody && { uid: NOBODY, gid: NOBODY }),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  expect(said).toBe('');
  return code;
}

/** One bid for a slot that may have been won before: exit 0 and silence either way. */
const bid = async (caller?: Caller) => {
  expect(await start(['--key', 'cached', '--slot', 'one', '--', 'true'], caller)).toBe(0);
};

const inPackage = () => join(installed, '.cache');
const inHome = () => join(home, '.cache/redlock-run');

/** The cache of `run`, if there is one. */
function cacheIn(directory: string): string | undefined {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const name = names.find((entry) => entry.startsWith('run-') && !entry.endsWith('.tmp'));
  return name === undefined ? undefined : join(directory, name);
}

function cache(): string {
  const file = cacheIn(inPackage());
  if (file === undefined) throw new Error('there is no cache');
  return file;
}

/** A cache that was used is left as it is; a new one is another file. */
const identity = (file: string) => {
  const { ino, mtimeNs } = statSync(file, { bigint: true });
  return { ino, mtimeNs };
};

describe('the cache of compiled code', () => {
  test('is written by the first start, beside the package, and used by the next', async () => {
    await bid();
    const first = identity(cache());
    await bid();
    expect(identity(cache())).toEqual(first);
    expect(statSync(cache()).mode & 0o777).toBe(0o644);
  });

  test('of a loser holds what a loser uses and not much more', async () => {
    await bid();
    rmSync(inPackage(), { recursive: true });
    await bid();
    // Compiled code, twice. More means that a start compiles, and loads, what it did not before.
    expect(statSync(cache()).size / 2).toBeLessThan(310_000);
  });

  test('of a run is not made by --help, --version or a start that failed', async () => {
    for (const args of [
      ['--key', 'a'],
      ['--key', 'a', '-r', 'redis://127.0.0.1:1', '--', 'true'],
    ]) {
      const child = spawn(process.execPath, [join(installed, 'bin/redlock-run.js'), ...args], {
        env: { PATH: process.env.PATH, TEST_TAG: TAG },
      });
      expect((await once(child, 'exit'))[0]).toBeGreaterThanOrEqual(64);
    }
    for (const word of ['--help', '--version']) {
      const child = spawn(process.execPath, [join(installed, 'bin/redlock-run.js'), word], {
        env: { PATH: process.env.PATH, TEST_TAG: TAG },
      });
      expect((await once(child, 'exit'))[0]).toBe(0);
    }
    expect(cacheIn(inPackage())).toBeUndefined();
  });

  test('is one and whole after many first starts at once', async () => {
    await Promise.all(Array.from({ length: 12 }, () => bid()));
    expect(readdirSync(inPackage()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const first = identity(cache());
    await bid();
    expect(identity(cache())).toEqual(first);
  });

  test('of another build is taken away', async () => {
    await bid();
    const old = cache();
    const bundle = join(installed, 'dist/redlock-run.cjs');
    const id = readFileSync(bundle, 'utf8').slice(2, 18);
    for (const name of readdirSync(join(installed, 'dist'), { recursive: true })) {
      const file = join(installed, 'dist', String(name));
      if (!file.endsWith('.cjs')) continue;
      writeFileSync(file, readFileSync(file, 'utf8').replace(id, '0123456789abcdef'));
    }
    await bid();
    expect(existsSync(old)).toBe(false);
    expect(cache()).toContain('0123456789abcdef');
  });

  test('of another V8 is made anew', async () => {
    // Compiled under other flags, it is refused as that of another version is.
    await bid({ nodeArgs: ['--no-opt'] });
    const other = cache();
    await bid();
    const own = readdirSync(inPackage()).filter((name) => name.startsWith('run-'));
    const plain = own.map((name) => join(inPackage(), name)).find((file) => file !== other);
    if (plain === undefined) throw new Error('options have no cache of their own');
    writeFileSync(plain, readFileSync(other));
    const before = identity(plain);
    await bid();
    expect(identity(plain)).not.toEqual(before);
  });
});

describe('a damaged cache is made anew, without a word', () => {
  const middle = (file: string, change: (byte: number) => number, at: number) => {
    const bytes = readFileSync(file);
    const place = Math.floor(bytes.length * at);
    bytes[place] = change(bytes[place] ?? 0);
    writeFileSync(file, bytes);
  };

  test.each<[string, (file: string) => void]>([
    ['a bit that has flipped', (file) => middle(file, (byte) => byte ^ 1, 0.2)],
    ['a bit that has flipped near its end', (file) => middle(file, (byte) => byte ^ 128, 0.9)],
    ['one that was cut off', (file) => truncateSync(file, 100_001)],
    ['an empty one', (file) => truncateSync(file, 0)],
    ['one full of zeros', (file) => writeFileSync(file, Buffer.alloc(400_000))],
    ['something else, twice', (file) => writeFileSync(file, 'something else '.repeat(2_000))],
  ])('%s', async (_, damage) => {
    await bid();
    damage(cache());
    const damaged = identity(cache());
    await bid();
    const mended = identity(cache());
    expect(mended.ino).not.toBe(damaged.ino);
    await bid();
    expect(identity(cache())).toEqual(mended);
  });
});

describe('a cache that somebody else may have written is not used', () => {
  test('because its permissions let others write', async () => {
    await bid();
    chmodSync(cache(), 0o666);
    await bid();
    expect(statSync(cache()).mode & 0o777).toBe(0o644);
  });

  test('because it is a link', async () => {
    await bid();
    const [file, elsewhere] = [cache(), join(home, 'elsewhere')];
    cpSync(file, elsewhere);
    rmSync(file);
    symlinkSync(elsewhere, file);
    await bid();
    expect(statSync(file).ino).not.toBe(statSync(elsewhere).ino);
  });

  test.runIf(isRoot)('because it is not ours', async () => {
    await bid();
    chownSync(cache(), NOBODY, NOBODY);
    await bid();
    expect(statSync(cache()).uid).toBe(0);
  });

  test('and none is written where others can write', async () => {
    chmodSync(installed, 0o777);
    mkdirSync(inHome(), { recursive: true });
    chmodSync(inHome(), 0o777);
    await bid({ env: { HOME: home } });
    expect(cacheIn(inPackage())).toBeUndefined();
    expect(cacheIn(inHome())).toBeUndefined();
  });
});

describe.runIf(isRoot)('a user to whom the package does not belong', () => {
  // The folder of this test run is ours alone; nobody must get through it.
  beforeAll(() => chmodSync(tmpdir(), (statSync(tmpdir()).mode & 0o7777) | 0o011));

  test('uses the cache that its owner has made', async () => {
    await bid();
    const first = identity(cache());
    chownSync(home, NOBODY, NOBODY);
    await bid({ asNobody: true, env: { HOME: home } });
    expect(identity(cache())).toEqual(first);
    expect(existsSync(inHome())).toBe(false);
  });

  test('has one at home, for nobody else', async () => {
    chownSync(home, NOBODY, NOBODY);
    await bid({ asNobody: true, env: { HOME: home } });
    const file = cacheIn(inHome());
    if (file === undefined) throw new Error('there is no cache at home');
    expect(statSync(inHome()).mode & 0o777).toBe(0o700);
    expect(existsSync(inPackage())).toBe(false);
    const first = identity(file);
    await bid({ asNobody: true, env: { HOME: home } });
    expect(identity(file)).toEqual(first);
  });

  test('has it where XDG_CACHE_HOME says, if that is an absolute path', async () => {
    chownSync(home, NOBODY, NOBODY);
    await bid({ asNobody: true, env: { HOME: '/', XDG_CACHE_HOME: join(home, 'xdg') } });
    expect(cacheIn(join(home, 'xdg/redlock-run'))).toBeDefined();
    await bid({ asNobody: true, env: { HOME: home, XDG_CACHE_HOME: 'relative' } });
    expect(cacheIn(inHome())).toBeDefined();
  });

  test.each([[{}], [{ HOME: '/nonexistent' }], [{ HOME: '' }], [{ HOME: '/root' }]])(
    'does without where there is no place for one: %j',
    async (env) => {
      await bid({ asNobody: true, env });
      expect(existsSync(inPackage())).toBe(false);
    },
  );

  test('and root leaves the home of somebody else alone', async () => {
    chmodSync(installed, 0o777);
    mkdirSync(inHome(), { recursive: true });
    for (const folder of [home, join(home, '.cache'), inHome()]) chownSync(folder, NOBODY, NOBODY);
    await bid({ env: { HOME: home } });
    expect(readdirSync(inHome())).toEqual([]);
  });
});
