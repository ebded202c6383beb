import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What one source says of the clock: kept by NTP, or not. Sources that know nothing give none. */
export interface TimeAnswer {
  readonly by: string;
  readonly synchronised: boolean;
}

interface TimeService {
  readonly command: string;
  readonly args: readonly string[];
  /** undefined where the output does not tell. */
  readonly read: (output: string) => boolean | undefined;
}

const SERVICES: readonly TimeService[] = [
  {
    command: 'timedatectl',
    args: ['show', '-p', 'NTPSynchronized', '--value'],
    read: (output) => yesOrNo(output, /^yes$/m, /^no$/m),
  },
  {
    command: 'chronyc',
    args: ['-n', 'tracking'],
    read: (output) =>
      yesOrNo(output, /^Leap status\s*: (?:Normal|Insert|Delete)/m, /^Leap status\s*: Not/m),
  },
  {
    command: 'ntpq',
    args: ['-pn'],
    // The line of the peer that is followed begins with a star.
    read: (output) => yesOrNo(output, /^\*/m, /^=+$/m),
  },
];

/** Touched by systemd-timesyncd at its first success (systemd-timesyncd.service(8)). */
const TIMESYNC = '/run/systemd/timesync/synchronized';

/** Asks what may be running here; what is missing, or slow, is passed over. */
export async function askTimeServices(path: string | undefined): Promise<readonly TimeAnswer[]> {
  const answers = await Promise.all(SERVICES.map((service) => ask(service, path)));
  return [
    ...(existsSync(TIMESYNC) ? [{ by: 'systemd-timesyncd', synchronised: true }] : []),
    ...answers.flat(),
  ];
}

/** ms */
const LONGEST = 2_000;

function ask({ command, args, read }: TimeService, path: string | undefined) {
  return new Promise<readonly TimeAnswer[]>((resolve) => {
    const env = { ...(path !== undefined && { PATH: path }), LC_ALL: 'C' };
    execFile(command, args, { timeout: LONGEST, killSignal: 'SIGKILL', env }, (_, stdout) => {
      const synchronised = read(stdout);
      resolve(synchronised === undefined ? [] : [{ by: command, synchronised }]);
    });
  });
}

function yesOrNo(output: string, yes: RegExp, no: RegExp): boolean | undefined {
  if (yes.test(output)) return true;
  return no.test(output) ? false : undefined;
}
