import type { Finding } from '../../../src/cli/doctor/finding.js';
import type { DoctorReport } from '../../../src/cli/doctor/report.js';
import { type CliOptions, cli } from '../../support/cli.js';

export interface Examined {
  readonly code: number | null;
  readonly stderr: string;
  readonly report: DoctorReport;
  /** What was examined. */
  readonly names: readonly string[];
  /** The one finding of that check; undefined when there is none. */
  finding(id: string): Finding | undefined;
  /** The checks with that verdict. */
  ids(verdict: Finding['verdict']): readonly string[];
}

/** `redlock-run doctor --json …`, the real command. */
export async function examine(
  args: readonly string[],
  options: CliOptions = {},
): Promise<Examined> {
  const { code, stdout, stderr } = await cli(['doctor', '--json', ...args], options);
  if (!stdout.startsWith('{')) throw new Error(`no report: ${stdout}${stderr}`);
  const report: DoctorReport = JSON.parse(stdout);
  const all = report.subjects.flatMap(({ findings }) => findings);
  return {
    code,
    stderr,
    report,
    names: report.subjects.map(({ name }) => name),
    finding(id) {
      const found = all.filter((finding) => finding.id === id);
      if (found.length > 1) throw new Error(`${found.length} findings ${id}`);
      return found[0];
    },
    ids: (verdict) => all.filter((finding) => finding.verdict === verdict).map(({ id }) => id),
  };
}
