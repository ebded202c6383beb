import { mentionsUs } from '../../schedule/crontab/is-wrapped.js';
import type { CrontabText } from '../crontab/read-crontab.js';
import { lostPrograms } from './lost-program.js';
import type { WrappedCrontab } from './wrap-crontab.js';

export interface Warning {
  readonly event: 'left-alone' | 'doubtful' | 'not-found';
  readonly line: number;
  readonly message: string;
}

/** What somebody should look at before the new crontab is installed. */
export function warningsOf(
  { wrapped, leftAlone, doubts }: WrappedCrontab,
  { text }: CrontabText,
  program: string,
): readonly Warning[] {
  return [
    ...leftAlone.map(({ line, because }) => warning('left-alone', line, `${because}; left alone`)),
    ...doubts.map((doubt) => warning('doubtful', doubt.line, doubt.warning)),
    ...wrapped
      .filter(({ command }) => mentionsUs(command))
      .map(({ line }) => warning('doubtful', line, MENTIONED)),
    ...lostPrograms(program, wrapped).map(({ line, path, reason }) => {
      const found = `cron would not find ${program} on this machine: ${reason}, which is ${path} there`;
      const mend = 'set PATH above the line, or give --program its whole path';
      return warning('not-found', line, `${found}; ${mend}`);
    }),
    ...(isCut(text) ? [warning('doubtful', text.split('\n').length, CUT)] : []),
  ];
}

function warning(event: Warning['event'], line: number, message: string): Warning {
  return { event, line, message: `line ${line}: ${message}` };
}

const MENTIONED =
  'its command names redlock-run; if it bids by itself, it would bid twice now: write ' +
  '"# redlock-run: every-node" above it';

/** crontab.c and database.c of cron 3.0pl1-162. */
const CUT =
  "does not end with a newline: Debian's crontab refuses such a file, and its cron ignores one in /etc/cron.d";

function isCut(text: string): boolean {
  return text !== '' && !text.endsWith('\n');
}
