import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Where sd_notify(3) is heard: a real socket, as systemd has one. */
export interface Listener {
  /** For NOTIFY_SOCKET. */
  readonly socket: string;
  /** An empty folder beside it. */
  readonly folder: string;
  /** The next message, its lines joined by a space, but those that systemd-notify sends to learn that it was heard. */
  heard(): Promise<string>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('fixtures/service-manager.pl', import.meta.url));

/** Node cannot listen to a UNIX datagram socket; perl can. */
export async function listenAsServiceManager(): Promise<Listener> {
  const outer = mkdtempSync(join(tmpdir(), 'notify-'));
  const folder = mkdtempSync(join(outer, 'empty-'));
  const socket = join(outer, 'socket');
  const perl = spawn('perl', [PROGRAM, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages = createInterface({ input: perl.stdout })[Symbol.asyncIterator]();
  const heard = async () => {
    for (;;) {
      const { value, done } = await messages.next();
      if (done) throw new Error('no more messages');
      if (value !== 'BARRIER=1') return value;
    }
  };
  if ((await heard()) !== 'listens') throw new Error('nobody listens');
  return {
    socket,
    folder,
    heard,
    async stop() {
      perl.kill();
      if (perl.exitCode === null && perl.signalCode === null) await once(perl, 'exit');
      rmSync(outer, { recursive: true });
    },
  };
}
