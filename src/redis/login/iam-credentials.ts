import type { CredentialSource } from '../target.js';
import { awsCredentials, type Env } from './aws-credentials.js';
import { type IamLogin, iamToken } from './iam-token.js';

/**
 * Logs in with a new token for every connection.
 *
 * @param now ms since the epoch
 */
export function iamCredentials(login: IamLogin, env: Env, now: () => number): CredentialSource {
  const find = awsCredentials(env, login.region);
  return async () => ({
    username: login.user,
    password: iamToken(login, await find(), now()),
  });
}
