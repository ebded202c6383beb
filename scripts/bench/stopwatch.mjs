import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * bash starts the programs and reads the clock: to start one from Node takes longer, and not always
 * equally long. `times` tells what its children have used, to the millisecond.
 */
const SCRIPT = `
scratch=$(mktemp); trap 'rm -f "$scratch"' EXIT
while IFS= read -r command; do
  begun=$EPOCHREALTIME
  eval "$command" </dev/null >/dev/null 2>"$scratch.err"
  code=$?
  ended=$EPOCHREALTIME
  times >"$scratch"
  { read -r _; read -r user system; } <"$scratch"
  echo "$begun $ended $user $system $code $(head -c 200 "$scratch.err" | tr '\\n' ' ')"
done
rm -f "$scratch.err"
`;

/**
 * @param {{ env: Record<string, string>, realtime: boolean }} options `env` is all that the programs
 *   get; `realtime` lets them go first on a machine that does other things (chrt(1), for root)
 */
export function startStopwatch({ env, realtime }) {
  const bash = ['bash', '-c', SCRIPT];
  const [file, ...args] = realtime ? ['chrt', '-f', '50', ...bash] : bash;
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let before = 0;
  return {
    /**
     * Runs a command to its end, with further variables if there are any.
     *
     * @returns {Promise<{ wall: number, cpu: number }>} ms
     */
    async time(words, variables = {}) {
      const settings = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
      child.stdin.write(`${[...settings, ...words.map(quoted)].join(' ')}\n`);
      const { value = '' } = await lines.next();
      const [begun, ended, user, system, code, ...said] = value.split(' ');
      if (code !== '0') throw new Error(`${words.join(' ')}: exit ${code}: ${said.join(' ')}`);
      const used = milliseconds(user) + milliseconds(system);
      const cpu = used - before;
      before = used;
      return { wall: (ended - begun) * 1000, cpu };
    },
    stop() {
      child.stdin.end();
    },
  };
}

/** `0m1.234s` */
function milliseconds(time) {
  const [minutes, seconds] = time.slice(0, -1).split('m');
  return (Number(minutes) * 60 + Number(seconds)) * 1000;
}

function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
