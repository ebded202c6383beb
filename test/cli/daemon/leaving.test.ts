import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type DaemonFleet, newDaemonFleet } from '../../support/daemons.js';
import { failOnLeaks } from '../../support/leaks.js';
import { ourProcesses } from '../../support/processes.js';

failOnLeaks();

/** Takes connections, and never says a word: a Redis that hangs. */
const hanging = createServer();
const sockets: Socket[] = [];
hanging.on('connection', (socket) => sockets.push(socket.on('error', () => {})));

let fleet: DaemonFleet;
beforeEach(async () => {
  hanging.listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const { port } = hanging.address() as AddressInfo;
  fleet = newDaemonFleet(`redis://127.0.0.1:${port}`, '0 3 * * * true\n');
});
afterEach(async () => {
  fleet.remove();
  for (const socket of sockets.splice(0)) socket.destroy();
  hanging.close();
  await once(hanging, 'close');
});

/** Until a daemon has asked its first question, which may take 5 s. */
async function askedOnce(): Promise<void> {
  const [socket]: Socket[] = await once(hanging, 'connection');
  if (socket !== undefined) await once(socket, 'data');
}

test('told to stop while Redis does not answer its first question, it is gone at once', async () => {
  const daemon = fleet.start('node-1', []);
  await askedOnce();
  const since = performance.now();
  daemon.kill('SIGTERM');
  const { code, stderr } = await daemon.ended;
  expect({ code, ready: stderr.includes('ready') }).toEqual({ code: 0, ready: false });
  expect(performance.now() - since).toBeLessThan(3_000);
});

test('a daemon whose terminal is closed does not go on unseen', async () => {
  const alive = () => ourProcesses().filter(({ command }) => command.includes('redlock-run'));
  const inTerminal = fleet.start('node-1', [], { terminal: true });
  await askedOnce();
  expect(alive()).not.toEqual([]);
  // Its terminal goes away with script(1), and it hears nothing but SIGHUP.
  inTerminal.kill('SIGKILL');
  await inTerminal.ended;
  await vi.waitFor(() => expect(alive()).toEqual([]), { timeout: 15_000 });
});
