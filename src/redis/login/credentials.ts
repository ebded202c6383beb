import type { CredentialSource, RedisAddress } from '../target.js';
import { iamLogin } from './iam-login.js';
import type { IamLogin } from './iam-token.js';
import type { Login, LoginContext } from './login.js';

/**
 * How to log in to Redis: by IAM, else with the password of the URL, of the file, or the one that
 * was given beside them.
 *
 * @throws Failure `usage` when no region is known for IAM
 */
export function redisCredentials(
  { topology, username, password }: RedisAddress,
  login: Login,
  context: LoginContext,
): CredentialSource {
  const iam = iamLogin(topology, login, context);
  if (iam !== undefined) return byIam(iam, context);
  if (password !== undefined) return byPassword(username, password);
  const { redisPasswordFile, redisPassword } = login;
  return redisPasswordFile === undefined
    ? byPassword(username, redisPassword)
    : byFile(username, redisPasswordFile, 'the password file');
}

/** How to log in to the Sentinels, which do not know the users of Redis. */
export function sentinelCredentials(login: Login): CredentialSource {
  const { sentinelUser, sentinelPasswordFile, sentinelPassword } = login;
  return sentinelPasswordFile === undefined
    ? byPassword(sentinelUser, sentinelPassword)
    : byFile(sentinelUser, sentinelPasswordFile, 'the Sentinel password file');
}

function byPassword(username: string | undefined, password: string | undefined): CredentialSource {
  // A user without a password logs in all the same: an ACL may ask for none (`nopass`).
  const credentials =
    username === undefined && password === undefined
      ? undefined
      : { ...(username !== undefined && { username }), password: password ?? '' };
  return async () => credentials;
}

function byFile(username: string | undefined, file: string, what: string): CredentialSource {
  return async () => {
    const { readPassword } = await import('./password-file.js');
    const password = readPassword(file, what);
    return { ...(username !== undefined && { username }), password };
  };
}

function byIam(login: IamLogin, { env, now }: LoginContext): CredentialSource {
  let source: Promise<CredentialSource> | undefined;
  return async () => {
    source ??= import('./iam-credentials.js').then(({ iamCredentials }) =>
      iamCredentials(login, env, now),
    );
    return (await source)();
  };
}
