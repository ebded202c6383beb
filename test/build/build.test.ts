import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

const run = promisify(execFile);

/** Runs a module that imports from scripts/build/, in the project's folder. */
const inBuild = async (code: string): Promise<string> => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code]);
  return stdout;
};

describe('the build', () => {
  test('makes the same bytes of the same sources', async () => {
    const texts = `(await bundleCli()).files.map(({ text }) => text).join()`;
    const same = await inBuild(`
      import { bundleCli } from './scripts/build/cli.mjs';
      process.stdout.write(String(${texts} === ${texts}));
    `);
    expect(same).toBe('true');
  });

  test('leaves no import() in a script, where it would not work, and no path of this machine', () => {
    for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.cjs')) continue;
      const text = readFileSync(`dist/${name}`, 'utf8');
      expect(text, name).not.toMatch(/\bimport\(/);
      expect(text, name).not.toContain(process.cwd());
      // bin/redlock-run.js reads them byte by byte.
      expect(Buffer.byteLength(text), name).toBe(text.length);
      expect(text, name).toMatch(/^\/\*[0-9a-f]{16}\*\/\(function \(exports, require, /);
    }
  });

  test('names every package that it ships, with its licence', () => {
    const licenses = readFileSync('dist/THIRD-PARTY-LICENSES.txt', 'utf8');
    for (const name of Object.keys(pkg.dependencies)) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: (MIT|ISC)`, 'm'));
    }
  });

  test('makes the entries and the types that package.json promises', () => {
    const { './package.json': _, ...entries } = pkg.exports;
    for (const entry of Object.values(entries)) {
      expect(existsSync(entry.types), entry.types).toBe(true);
      expect(existsSync(entry.default), entry.default).toBe(true);
    }
  });

  test('leaves the packages of the library to the application, and gives it each class once', () => {
    const files = [
      'index.js',
      'node-cron.js',
      ...readdirSync('dist/library').map((name) => `library/${name}`),
    ];
    const texts = files.map((name) => readFileSync(`dist/${name}`, 'utf8'));
    expect(texts.filter((text) => text.includes('from "ioredis"'))).not.toEqual([]);
    for (const text of texts) expect(text).not.toContain('from "node-cron"');
    expect(texts.filter((text) => /\bclass Failure\b|\bFailure = class\b/.test(text))).toHaveLength(
      1,
    );
  });
});

describe('a change that we make to a dependency', () => {
  const patched = (change: string) =>
    inBuild(`
      import { readFileSync } from 'node:fs';
      import { patched } from './scripts/build/patches.mjs';
      const path = './node_modules/ioredis/built/Redis.js';
      const text = readFileSync(path, 'utf8')${change};
      process.stdout.write(patched('/x/' + path, text));
    `);

  test('is made', async () => {
    expect(await patched('')).toContain('get: () => cluster_1.default');
  });

  test('fails the build when the dependency has changed there', async () => {
    const renamed = patched(`.replace('Redis.Cluster = ', 'Redis.Clusters = ')`);
    await expect(renamed).rejects.toThrow(
      /ioredis\/built\/Redis\.js has changed; expected 1 time\(s\), found 0/,
    );
  });

  test('fails the build when the place is no longer the only one', async () => {
    await expect(patched('.repeat(2)')).rejects.toThrow(/expected 1 time\(s\), found 2/);
  });
});

test('an import is moved to where it is used, and what is passed on is looked up then', async () => {
  const before = [
    'const utils_1 = require("./utils");',
    'exports.Link = link_1.default;',
    'const link_1 = require("./link");',
    'new utils_1.Thing((0, utils_1.call)(other_utils_1));',
  ].join('\n');
  const after = await inBuild(`
    import { inlineRequires } from './scripts/build/inline-requires.mjs';
    process.stdout.write(inlineRequires(${JSON.stringify(before)}));
  `);
  expect(after.split('\n').filter((line) => line !== '')).toEqual([
    'Object.defineProperty(exports, "Link", { enumerable: true, get: () => (require("./link")).default });',
    'new (require("./utils")).Thing((0, (require("./utils")).call)(other_utils_1));',
  ]);
});
