import { expect, test, vi } from 'vitest';
import { catchSignals, FORWARDED_SIGNALS, type JobSignal } from '../../src/process/signals.js';
import { stateOf } from '../support/processes.js';
import { fixture, useWrapper, wrap } from './support.js';

useWrapper();

test('each signal reaches the job once, and a second time when sent a second time', async () => {
  const job = wrap({ command: fixture('reports-signals.mjs'), args: [...FORWARDED_SIGNALS] });
  await job.ready();
  const sent = [...FORWARDED_SIGNALS, 'SIGINT', 'SIGINT'] as const;
  const seen: string[] = [];
  for (const name of sent) {
    job.process.kill(name);
    seen.push((await job.lines.next()).value);
  }
  job.process.stdin?.end();
  for (;;) {
    const { value, done } = await job.lines.next();
    if (done) break;
    seen.push(value);
  }
  expect(seen).toEqual(sent);
  expect((await job.ended).end).toEqual({ kind: 'exited', code: 7 });
});

test('a signal reaches every process of the group', async () => {
  const command = 'sleep 1000 & sleep 1000 & echo ready $$; wait';
  const job = wrap({ command, shell: true });
  await job.ready();
  job.process.kill('SIGTERM');
  expect((await job.ended).end).toMatchObject({ kind: 'killed', signal: 'SIGTERM' });
});

test('a suspended wrapper suspends the job, and both go on together', async () => {
  const job = wrap({ command: fixture('reports-signals.mjs') });
  const pid = await job.ready();
  const wrapper = job.process.pid ?? 0;
  job.process.kill('SIGTSTP');
  await vi.waitFor(() => expect([stateOf(wrapper), stateOf(pid)]).toEqual(['T', 'T']));
  job.process.kill('SIGCONT');
  await vi.waitFor(() => expect(stateOf(pid)).not.toBe('T'));
  job.process.stdin?.end();
  expect((await job.ended).end).toEqual({ kind: 'exited', code: 7 });
});

test('time goes by for a suspended wrapper: what is over then takes effect afterwards', async () => {
  const over = performance.now() + 800;
  const job = wrap({ command: 'echo ready $$; exec sleep 1000', shell: true, timeout: 700 });
  const pid = await job.ready();
  job.process.kill('SIGTSTP');
  await vi.waitFor(() => expect(stateOf(pid)).toBe('T'));
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(over));
  expect(stateOf(pid)).toBe('T');
  job.process.kill('SIGCONT');
  expect((await job.ended).end).toMatchObject({ kind: 'timed-out' });
});

test('what comes before there is a job is held, in order, and given to it', () => {
  const source = new FakeSource();
  const relay = catchSignals(source);
  source.raise('SIGHUP');
  source.raise('SIGTERM');
  expect(relay.held).toEqual(['SIGHUP', 'SIGTERM']);

  const got: JobSignal[] = [];
  relay.to({ signal: (name) => got.push(name) });
  source.raise('SIGINT');
  expect(got).toEqual(['SIGHUP', 'SIGTERM', 'SIGINT']);
  expect(relay.held).toEqual([]);
});

test('nothing is left listening afterwards', () => {
  const source = new FakeSource();
  catchSignals(source).close();
  expect([...source.listeners.values()].flatMap((set) => [...set])).toEqual([]);
});

class FakeSource {
  readonly pid = 4711;
  readonly listeners = new Map<NodeJS.Signals, Set<() => void>>();

  on(name: NodeJS.Signals, listener: () => void) {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: NodeJS.Signals, listener: () => void) {
    this.listeners.get(name)?.delete(listener);
  }

  kill() {}

  raise(name: NodeJS.Signals) {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }
}
