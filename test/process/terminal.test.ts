import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { stateOf } from '../support/processes.js';
import { fixture, type Request, useWrapper, type Wrapped, wrap } from './support.js';

useWrapper();

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';

/** In a terminal of its own, by script(1) (util-linux); what is written to its stdin is typed. */
function inTerminal(request: Request): Wrapped {
  const open = `export A="$1" B="$2" C="$3"; exec script -qefc 'exec "$A" "$B" "$C"' /dev/null`;
  return wrap(request, ['sh', '-c', open, 'sh']);
}

async function nextLine(job: Wrapped): Promise<string> {
  return String((await job.lines.next()).value).trimEnd();
}

test('a job in a terminal reads what is typed, though /dev/tty is closed to it', async () => {
  const command = 'tty; (: </dev/tty) 2>/dev/null || echo closed; read line; echo "got $line"';
  const job = inTerminal({ command, shell: true });
  expect(await nextLine(job)).toMatch(/^\/dev\/pts\//);
  expect(await nextLine(job)).toBe('closed');
  job.process.stdin?.write('hello\n');
  expect(await nextLine(job)).toBe('hello');
  expect(await nextLine(job)).toBe('got hello');
  expect((await job.ended).end).toEqual({ kind: 'exited', code: 0 });
});

test('Ctrl-C reaches the job once', async () => {
  const job = inTerminal({ command: fixture('reports-signals.mjs'), args: ['SIGINT', 'SIGTERM'] });
  const pid = await job.ready();
  job.process.stdin?.write(CTRL_C);
  expect(await nextLine(job)).toBe('^CSIGINT');
  process.kill(pid, 'SIGTERM');
  expect(await nextLine(job)).toBe('SIGTERM');
  process.kill(pid, 'SIGKILL');
  await job.ended;
});

test('Ctrl-Z suspends the job and the wrapper, and both go on together', async () => {
  const job = inTerminal({ command: 'echo ready $$ $PPID; read line; exit 8', shell: true });
  const [, pid, wrapper] = (await nextLine(job)).split(' ').map(Number);
  if (pid === undefined || wrapper === undefined) throw new Error('no ids');
  job.process.stdin?.write(CTRL_Z);
  await vi.waitFor(() => expect([stateOf(pid), stateOf(wrapper)]).toEqual(['T', 'T']));
  // script(1) stops with its child and, like `fg`, has it go on.
  await vi.waitFor(() => expect(stateOf(job.process.pid ?? 0)).toBe('T'));
  job.process.kill('SIGCONT');
  await vi.waitFor(() => expect([stateOf(pid), stateOf(wrapper)]).not.toContain('T'));
  job.process.stdin?.write('\n');
  expect((await job.ended).end).toEqual({ kind: 'exited', code: 8 });
});

test('a terminal that is closed hangs up on the job', async () => {
  const job = inTerminal({ command: fixture('reports-signals.mjs') });
  const pid = await job.ready();
  job.process.kill('SIGKILL');
  await once(job.process, 'exit');
  await vi.waitFor(() => expect(stateOf(pid)).toBeUndefined());
});
