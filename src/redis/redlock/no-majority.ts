import { type Failure, NoAnswer } from '../../core/errors.js';

/**
 * Why there was no decision. What no later try can mend comes first: it must not pass for an outage.
 *
 * @param failures of those masters that gave no answer
 */
export function noMajority(masters: number, failures: readonly Failure[]): Failure {
  const lasting = failures.find(({ kind }) => kind !== 'unavailable');
  if (lasting !== undefined) return lasting;
  const reasons = failures.map(({ message }) => message).join('; ');
  const maybeApplied = failures.some((each) => each instanceof NoAnswer && each.maybeApplied);
  return new NoAnswer(
    `no majority of the ${masters} Redis masters: ${reasons === '' ? 'they disagree' : reasons}`,
    maybeApplied,
  );
}
