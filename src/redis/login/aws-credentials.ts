import { Failure } from '../../core/errors.js';
import type { AwsCredentials } from './iam-token.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Asked for every token: those of a role change every few hours. @throws Failure */
export type AwsCredentialSource = () => Promise<AwsCredentials>;

const SDK = '@aws-sdk/credential-provider-node';

/**
 * The AWS credentials of this process: from the environment at once, else as the AWS SDK finds them
 * (profile, web identity, container, instance role).
 */
export function awsCredentials(env: Env, region: string): AwsCredentialSource {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = env;
  // A profile goes before keys, as it does in the SDK.
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY && !AWS_PROFILE) {
    const credentials = {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
    return async () => credentials;
  }
  // One for all connections: it remembers what it found until that expires.
  let fromSdk: Promise<AwsCredentialSource> | undefined;
  return async () => {
    fromSdk ??= sdkChain(region);
    const find = await fromSdk;
    try {
      return await find();
    } catch {
      // Its error is dropped: that of a credential process quotes the process's command line.
      throw new Failure(
        'denied',
        'no AWS credentials were found for the IAM login: none in the environment, in a profile, ' +
          'from the container or from the role of the instance',
      );
    }
  };
}

/** It would print warnings of its own on the job's stderr. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

async function sdkChain(region: string): Promise<AwsCredentialSource> {
  const { defaultProvider } = await importSdk();
  return defaultProvider({ clientConfig: { region }, logger: SILENT });
}

async function importSdk(): Promise<typeof import('@aws-sdk/credential-provider-node')> {
  try {
    return await import('@aws-sdk/credential-provider-node');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new Failure(
      'config',
      'no AWS credentials in the environment; to find those of a profile, container or instance ' +
        `role, install the package ${SDK} where redlock-run is installed`,
    );
  }
}
