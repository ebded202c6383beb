import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { noticeForInit } from '../../src/process/init.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

test('process 1 of a container is told to have an init in front of it', () => {
  expect(noticeForInit(1)).toContain('docker run --init');
  expect(noticeForInit(2)).toBeUndefined();
});

const IN_CONTAINER = ['--pid', '--fork', '--mount-proc'];
const mayIsolate = spawnSync('unshare', [...IN_CONTAINER, 'true']).status === 0;

/** A job leaves a child, which ends; says what has become of it then. A zombie is given time to be reaped. */
const PROGRAM = `
  const { spawn } = require('node:child_process');
  const { existsSync, readFileSync, readdirSync } = require('node:fs');
  const stat = (pid) => { try { return readFileSync('/proc/' + pid + '/stat', 'utf8'); } catch { return ''; } };
  const job = spawn('sh', ['-c', 'sleep 0.2 & echo $!'], { stdio: ['ignore', 'pipe', 'inherit'] });
  job.stdout.once('data', (data) => {
    const pid = Number(data);
    let looks = 50;
    const look = () => {
      const entry = stat(pid);
      const isAlive = /\\) [^ZX]/.test(entry);
      if (isAlive || (entry !== '' && looks-- > 0)) return setTimeout(look, 10);
      console.log(entry === '' ? 'reaped' : 'zombie');
      process.exit();
    };
    look();
  });
`;

test.runIf(mayIsolate).each([
  ['is left', [process.execPath], 'zombie'],
  ['is not left', ['busybox', 'sh', '-c', '"$@"; exit', 'sh', process.execPath], 'reaped'],
])('a zombie %s where process 1 is %j', (_, command, found) => {
  const { stdout, stderr } = spawnSync('unshare', [...IN_CONTAINER, ...command, '-e', PROGRAM], {
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual([`${found}\n`, '']);
});
