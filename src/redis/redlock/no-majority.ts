import { Failure } from '../../core/errors.js';
import { whyNone } from '../failures.js';

/** Why there was no decision. @param failures of those masters that gave no answer */
export function noMajority(masters: number, failures: readonly Failure[]): Failure {
  const message = `no majority of the ${masters} Redis masters`;
  if (failures.length > 0) return whyNone(message, failures);
  return new Failure('unavailable', `${message}: they disagree`);
}
