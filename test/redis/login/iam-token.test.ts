import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AwsCredentials,
  type IamLogin,
  iamToken,
} from '../../../src/redis/login/iam-token.js';
import { parametersOf, signedByAws } from './signed-by-aws.js';

const LOGIN: IamLogin = {
  user: 'iam-user-01',
  cache: 'my-cache',
  region: 'us-east-1',
  service: 'elasticache',
  isServerless: false,
};
const KEYS: AwsCredentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalr/K7MDENG+bPx' };
const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);

describe('a token', () => {
  test.each<[string, Partial<IamLogin>, Partial<AwsCredentials>]>([
    ['for ElastiCache', {}, {}],
    ['for a serverless cache', { isServerless: true }, {}],
    ['for MemoryDB', { service: 'memorydb' }, {}],
    ['with a session', {}, { sessionToken: 'IQoJb3JpZ2lu//Xyz+a/b==' }],
    ['for a cache that was written in capitals', { cache: 'My-Cache' }, {}],
    ['for a user of special characters', { user: "a b+c&d=e/f?g#h%!'()*~é" }, {}],
  ])('%s is what the signer of AWS makes', async (_, login, keys) => {
    const [all, credentials] = [
      { ...LOGIN, ...login },
      { ...KEYS, ...keys },
    ];
    const token = iamToken(all, credentials, NOON);
    expect(parametersOf(token)).toEqual(await signedByAws(all, credentials, NOON));
    expect(token).toMatch(/^my-cache\/\?Action=connect&/);
    expect(token).toContain('&X-Amz-Expires=900&');
  });

  test('is what the signer of AWS makes, whatever the names, keys and times are', async () => {
    // Lone halves of characters are in no name.
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.record({ user: text, cache: name, isServerless: fc.boolean() }),
        fc.record({ accessKeyId: name, secretAccessKey: text, sessionToken: text }),
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        async (login, credentials, date) => {
          const all = { ...LOGIN, ...login };
          const token = iamToken(all, credentials, date.getTime());
          expect(parametersOf(token)).toEqual(await signedByAws(all, credentials, date.getTime()));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('never shows the secret key', () => {
    expect(iamToken(LOGIN, KEYS, NOON)).not.toContain(KEYS.secretAccessKey);
  });
});
