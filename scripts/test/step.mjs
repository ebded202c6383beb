// One step of the tests: one line when it goes well, all that it has to say when it does not.
import { StepFailed } from '../setup/run.mjs';

/**
 * @param {string} name
 * @param {() => Promise<string | undefined>} act what it returns is added to the line
 * @returns {Promise<boolean>} whether it went well
 */
export async function step(name, act) {
  const since = performance.now();
  const say = (verdict, more = '') => {
    const took = ((performance.now() - since) / 1000).toFixed(1);
    process.stdout.write(`${verdict.padEnd(5)} ${name}, ${took} s${more && `: ${more}`}\n`);
  };
  try {
    say('ok', await act());
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.stdout.write(`${error.message.trimEnd()}\n`);
    say('FAIL');
    return false;
  }
}
