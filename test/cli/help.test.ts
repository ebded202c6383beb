import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { EXIT } from '../../src/cli/exit-codes.js';
import { OPTION_LIST } from '../../src/cli/run/options.js';
import { cli } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

describe('the help', () => {
  test('opens with the guarantee and its limit, and ends with examples', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [opening = ''] = stdout.split('\nUsage:');
    expect(opening).toMatch(
      /^redlock-run runs a command on exactly one node[\s\S]*Guarantee[\s\S]*Limit/,
    );
    expect(stdout).toMatch(/\nExamples:\n[\s\S]*crontab[\s\S]*$/);
  });

  test('names every option with its default and its variables, and every exit code', async () => {
    const { stdout } = await cli(['--help']);
    const words = stdout.replace(/\s+/g, ' ');
    for (const [, { flags, fallback, env = [] }] of OPTION_LIST) {
      const [, about = ''] = words.split(` ${flags} `);
      expect(about, flags).not.toBe('');
      if (fallback !== undefined) expect(about).toContain(`default: ${fallback}`);
      for (const name of env) expect(about).toContain(name);
    }
    for (const code of Object.values(EXIT)) expect(words).toContain(`${code}`);
  });

  test('fits into a terminal of 100 columns', async () => {
    const { stdout } = await cli(['--help']);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test.each([
    [['help']],
    [['-h']],
    [['run', '--help']],
    [['help', 'run']],
    [['--key', 'a', '--help', '--', 'x']],
  ])('is given for %j', async (args) => {
    expect((await cli(args)).stdout).toBe((await cli(['--help'])).stdout);
  });

  test('of a command that is not there is refused', async () => {
    expect(await cli(['help', 'nothing'])).toMatchObject({ code: 64, stdout: '' });
  });
});

test.each(['--version', '-V', 'version'])('%s is the version of the package', async (word) => {
  expect(await cli([word])).toMatchObject({ code: 0, stdout: `${pkg.version}\n`, stderr: '' });
});
