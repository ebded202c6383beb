import type { Level } from '../level.js';
import type { paint } from '../paint.js';
import type { Finding, Subject, Verdict } from './finding.js';
import { plural } from './quantity.js';
import type { DoctorReport } from './report.js';

type Paint = typeof paint;

const WIDTH = 80;
const VERDICT = 9;
const ID = 14;
const MARGIN = ' '.repeat(2 + VERDICT + ID);

const LEVELS: Readonly<Record<Verdict, Level>> = {
  ok: 'info',
  unknown: 'notice',
  warning: 'warning',
  problem: 'error',
};

/** The report for a person, at any hour of the night, in 80 columns. */
export function renderReport(report: DoctorReport, paint: Paint = (_, text) => text): string {
  const { subjects, asCron } = report;
  return [
    ...(asCron ? ["In cron's environment.", ''] : []),
    ...subjects.flatMap((subject) => [
      heading(subject),
      ...subject.findings.flatMap((finding) => lines(finding, paint)),
      '',
    ]),
    conclusion(report),
    '',
  ].join('\n');
}

function heading({ kind, name }: Subject): string {
  if (kind === 'redis') return `Redis at ${printable(name)}`;
  return kind === 'node' ? `This node, ${printable(name)}` : printable(name);
}

function lines({ id, verdict, what, mend, paste }: Finding, paint: Paint): readonly string[] {
  const [first = '', ...rest] = wrap(printable(what), WIDTH - MARGIN.length);
  const head = `  ${paint(LEVELS[verdict], verdict.padEnd(VERDICT))}${id.padEnd(ID)}${first}`;
  const advice = mend === undefined ? [] : wrap(printable(mend), WIDTH - MARGIN.length - 2);
  return [
    head,
    ...rest.map((line) => MARGIN + line),
    ...advice.map((line, i) => `${MARGIN}${i === 0 ? '→ ' : '  '}${line}`),
    // Whole, and with nothing in front, so that it can be copied.
    ...(paste === undefined ? [] : ['', printable(paste), '']),
  ];
}

function conclusion({ subjects, fit }: DoctorReport): string {
  const count = (verdict: Verdict) =>
    subjects.flatMap(({ findings }) => findings).filter((finding) => finding.verdict === verdict)
      .length;
  const counts = `${plural(count('problem'), 'problem')}, ${plural(count('warning'), 'warning')}, ${count('unknown')} unknown`;
  return fit ? `Fit: ${counts}.` : `Not fit: ${counts}. Mend the problems first.`;
}

function wrap(text: string, width: number): string[] {
  const wrapped: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      wrapped.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...wrapped, line];
}

/** Names come from Redis, where anybody may have written them: none may steer the terminal. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}
