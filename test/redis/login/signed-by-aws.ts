import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentials, IamLogin } from '../../../src/redis/login/iam-token.js';

/** The parameters of the token that AWS's own signer makes. */
export async function signedByAws(login: IamLogin, credentials: AwsCredentials, now: number) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service: login.service,
    region: login.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
  });
  const hostname = login.cache.toLowerCase();
  const query = {
    Action: 'connect',
    User: login.user,
    ...(login.isServerless && { ResourceType: 'ServerlessCache' }),
  };
  const request = { method: 'GET', protocol: 'http:', hostname, path: '/', query };
  const signed = await signer.presign(
    { ...request, headers: { host: hostname } },
    { expiresIn: 900, signingDate: new Date(now) },
  );
  return signed.query;
}

export function parametersOf(token: string): Record<string, string> {
  return Object.fromEntries(new URL(`http://${token}`).searchParams.entries());
}
