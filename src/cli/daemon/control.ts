import type { SignalSource } from '../../process/signals.js';
import type { Terminal } from '../../process/terminal.js';

export interface Control {
  /** Read the crontab again. */
  reload(): void;
  /** The first of them. */
  stop(by: NodeJS.Signals): void;
  /** Any further one. */
  stopAtOnce(): void;
}

const STOPPING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
/** Not ours; without a listener they would end us, and SIGUSR1 opens Node's inspector. */
const IGNORED = ['SIGUSR1', 'SIGUSR2'] as const;

/**
 * What signals mean to the daemon. Ctrl-Z is left to the shell: no job has its terminal. SIGHUP is what a
 * terminal sends that is closed, too: who closes it does not expect the daemon to go on unseen.
 */
export function obeySignals(source: SignalSource, terminal: Terminal, control: Control): void {
  let isStopping = false;
  const stop = (name: NodeJS.Signals) => {
    if (isStopping) return control.stopAtOnce();
    isStopping = true;
    control.stop(name);
  };
  for (const name of STOPPING) source.on(name, () => stop(name));
  source.on('SIGHUP', () => {
    if (isStopping) return;
    if (terminal.isClosed) stop('SIGHUP');
    else control.reload();
  });
  for (const name of IGNORED) source.on(name, () => {});
}
