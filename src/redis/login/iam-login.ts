import { usage } from '../../core/errors.js';
import type { Topology } from '../target.js';
import { readAwsEndpoint } from './aws-endpoint.js';
import type { IamLogin } from './iam-token.js';
import type { Login, LoginContext } from './login.js';

/**
 * What an IAM login has to say, by the options and the name of the endpoint.
 *
 * @returns undefined when it is not asked for
 * @throws Failure `usage` when nothing tells the region
 */
export function iamLogin(
  topology: Topology,
  { redisIamUser: user, redisIamCache: cache, redisRegion }: Login,
  { nameOf, env }: LoginContext,
): IamLogin | undefined {
  if (user === undefined || cache === undefined) return undefined;
  const endpoint = readAwsEndpoint(hostOf(topology));
  // The endpoint knows better than AWS_REGION, which is where this node is.
  const region = redisRegion ?? endpoint.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION);
  if (region) return { user, cache, ...endpoint, region };
  throw usage(
    `${nameOf('redisRegion')}: is missing; neither the host's name nor AWS_REGION tells it`,
  );
}

function hostOf(topology: Topology): string {
  switch (topology.kind) {
    case 'single':
      return topology.place.kind === 'tcp' ? topology.place.host : '';
    case 'sentinel':
      return topology.sentinels[0]?.host ?? '';
    case 'cluster':
      return topology.seeds[0]?.host ?? '';
  }
}
