import { expect, test } from 'vitest';
import { readAwsEndpoint } from '../../../src/redis/login/aws-endpoint.js';

const cache = (region?: string, isServerless = false) => ({
  service: 'elasticache',
  isServerless,
  ...(region !== undefined && { region }),
});

test.each<[string, ReturnType<typeof readAwsEndpoint> | object]>([
  ['master.my-cache.abc123.use1.cache.amazonaws.com', cache('us-east-1')],
  ['clustercfg.my-cache.abc123.apse2.cache.amazonaws.com', cache('ap-southeast-2')],
  ['my-cache.abc123.0001.usgw1.cache.amazonaws.com', cache('us-gov-west-1')],
  ['my-cache.abc123.0001.cnnw1.cache.amazonaws.com.cn', cache('cn-northwest-1')],
  ['my-cache.abc123.ng.0001.mec1.cache.amazonaws.com', cache('me-central-1')],
  ['my-cache-abc123.serverless.euw3.cache.amazonaws.com', cache('eu-west-3', true)],
  ['my-cache.abc123.odd9.cache.amazonaws.com', cache()],
  ['my.serverless.example', cache()],
  ['127.0.0.1', cache()],
  ['', cache()],
  [
    'clustercfg.my-cluster.abc123.memorydb.us-east-1.amazonaws.com',
    { service: 'memorydb', isServerless: false, region: 'us-east-1' },
  ],
  [
    'my-cluster-0001-001.my-cluster.abc123.memorydb.us-gov-west-1.amazonaws.com',
    { service: 'memorydb', isServerless: false, region: 'us-gov-west-1' },
  ],
])('%s', (host, expected) => {
  expect(readAwsEndpoint(host)).toEqual(expected);
});
