import { quote, usage } from '../../core/errors.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';

const HELP = `Usage: redlock-run demo [--embedded]

A fleet on this machine, no Redis needed: five nodes bid for five slots, one winner is killed in
mid-run. It prints who bid, who ran and how it ended, and checks that every slot ran exactly once.

It takes about 10 seconds, uses a private redis-server where one is installed, and leaves nothing.

Options:
  --embedded  use the Redis in JavaScript that comes with redlock-run even so
  -h, --help  this page

Exit codes: 0 every slot ran exactly once, 1 one did not.
`;

/**
 * `redlock-run demo`: a fleet on this machine, no Redis needed.
 *
 * @throws Failure `usage`
 */
export async function demo(own: readonly string[], io: Io): Promise<number> {
  if (own.includes('--help') || own.includes('-h')) {
    io.stdout.write(HELP);
    return EXIT.ok;
  }
  const stranger = own.find((word) => word !== '--embedded');
  if (stranger !== undefined) throw usage(`demo: unexpected ${quote(stranger)}; see demo --help`);
  const { runDemo } = await import('../demo/run-demo.js');
  return runDemo(io, own.length > 0);
}
