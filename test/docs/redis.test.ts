import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { array, literal, object, parse, string, tuple } from 'valibot';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type IamLogin, iamToken } from '../../src/redis/login/iam-token.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { askEverything } from '../support/every-question.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Masters, startMasters } from '../support/masters.js';
import { type Config, type RedisServer, startRedis } from '../support/redis-server.js';
import { startReplicas } from '../support/replicas.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { storeAt } from '../support/store.js';
import { expectNeeded, type Places, RecipeStage, rightsIn, say } from './recipe-stage.js';
import { type Recipe, readConf, readRecipes } from './recipes.js';

failOnLeaks();

const DOCUMENT = readFileSync('docs/redis.md', 'utf8');
const recipes = readRecipes(DOCUMENT);
const recipeOf = (name: string): Recipe => {
  const recipe = recipes.get(name);
  if (recipe === undefined) throw new Error(`docs/redis.md has no recipe ${name}`);
  return recipe;
};

const tried: string[] = [];
/** A test of one recipe, which must use all of it. */
const recipe = (name: string, promise: string, run: (recipe: Recipe) => Promise<void>) => {
  tried.push(name);
  test(`${name}: ${promise}`, async () => {
    await run(recipeOf(name));
    expect(recipeOf(name).left).toEqual([]);
  });
};

const SIGNER = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalr/K7MDENG+bPx' };
const QUICK = '--redis-timeout 1s';
const LOST = { exit: 0, stdout: '', stderr: '' };
const AWAY = { exit: 75, stdout: '' };
const DENIED = { exit: 77, stdout: '' };
const MISCONFIGURED = { exit: 78, stdout: '' };

/** What ElastiCache and MemoryDB do not offer, as far as a stand-in can do without it itself. */
const NOT_OFFERED = ['CONFIG', 'DEBUG', 'MIGRATE', 'BGSAVE', 'SAVE', 'SHUTDOWN'];
/** And Serverless neither. */
const NOT_SERVERLESS = ['WAIT', 'KEYS', 'OBJECT', 'FUNCTION', 'FCALL', 'MEMORY', 'SWAPDB'];
const without = (commands: readonly string[]): Config =>
  Object.fromEntries(commands.map((command) => [`rename-command ${command}`, '']));

let certificates: Certificates;
let stage: RecipeStage;
/** The line that makes our user. */
let user: string;
let one: RedisServer;
let strict: RedisServer;
let sentinels: SentinelSet;
let cluster: Cluster;
let masters: Masters;
let serverless: Cluster;

const toStop: { stop(): Promise<void> }[] = [];
const kept = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
  const started = await starting;
  toStop.push(started);
  return started;
};

beforeAll(async () => {
  certificates = makeCertificates();
  stage = new RecipeStage(certificates, recipeOf('node').take('crontab'));
  user = recipeOf('user').take('redis').trim();
  const conf = (name: string): Config => {
    // Where they listen is up to the stage.
    const {
      port: _,
      'tls-port': __,
      ...more
    } = readConf(
      stage.at(recipeOf(name).take('conf'), {
        '10.0.0.1 6379': '127.0.0.1 1',
        'tls-port 6379': 'tls-port 1',
      }),
    );
    return more;
  };
  const serverConf = conf('sentinel');
  const { 'sentinel monitor': monitor, ...sentinelConf } = conf('sentinel');
  expect(monitor).toEqual(['mymaster', '127.0.0.1', '1', '2']);
  const tls = { certificates };
  const started = await Promise.all([
    kept(startRedis({ config: { ...conf('one-server'), ...conf('unix-socket') }, tls })),
    kept(startRedis({ config: conf('tls'), tls: { certificates, asksClients: 'yes' } })),
    kept(startSentinels({ config: serverConf, sentinelConfig: sentinelConf })),
    kept(startCluster({ config: conf('cluster'), tls })),
    kept(startMasters(3, { config: conf('redlock'), tls })),
    kept(
      startCluster({
        ...{ masters: 1, replicas: 0, tls },
        config: without([...NOT_OFFERED, ...NOT_SERVERLESS]),
      }),
    ),
  ]);
  [one, strict, sentinels, cluster, masters, serverless] = started;
  await kept(startReplicas(one, 1, { tls }));
}, 60_000);
afterAll(async () => {
  await Promise.all(toStop.map((each) => each.stop()));
  stage.remove();
  certificates.remove();
});

/** Servers with nothing but our user, whose password the nodes have. */
const fresh = async (servers: readonly RedisServer[], more = '') => {
  stage.keepPassword('change-me');
  for (const server of servers) {
    if (String(await server.command('ROLE')).startsWith('master')) await server.command('FLUSHALL');
  }
  await say(servers, more === '' ? user : `${user}\n${more.trim()}`);
};
const at = (host: string, port: number): Places => ({ [`${host}:6379`]: `127.0.0.1:${port}` });

recipe('node', 'one of several nodes runs, by a password that others cannot read', async (node) => {
  await fresh([one]);
  rmSync(stage.at('/etc/redlock-run.password'));
  expect(await stage.shell(node.take('sh'))).toEqual([
    ['chgrp', 'app', stage.at('/etc/redlock-run.password')],
  ]);
  expect(statSync(stage.at('/etc/redlock-run.password')).mode & 0o777).toBe(0o640);
  await stage.elects(node.take('yaml'), at('redis.internal', one.port));
});

recipe('user', 'has the rights that are needed, and none that is not', async () => {
  await fresh([one]);
  const store = storeAt(`redis://app:change-me@127.0.0.1:${one.port}`);
  const ask = async () => {
    await one.command('FLUSHALL');
    await askEverything(store, () => one.command('FLUSHALL'));
  };
  try {
    const [keys, ...rights] = rightsIn(user);
    expect(keys).toBe('~redlock-run:*');
    await ask();
    await expectNeeded([one], rights, ask);
    await say([one], 'ACL SETUSER app resetkeys ~other:*');
    await expect(ask()).rejects.toMatchObject({ kind: 'denied' });
  } finally {
    store.close();
  }
});

recipe('rotation', 'a password changes, and no bid fails meanwhile', async (rotation) => {
  await fresh([one]);
  const yaml =
    'redis: redis://app@redis.internal:6379\nredis-password-file: /etc/redlock-run.password';
  const place = at('redis.internal', one.port);
  const bids = () => stage.late(yaml, place);
  await stage.elects(yaml, place);
  await say([one], rotation.take('redis'));
  expect(await bids()).toEqual(LOST);
  await stage.shell(rotation.take('sh'));
  expect(await bids()).toEqual(LOST);
  await say([one], rotation.take('redis'));
  expect(await bids()).toEqual(LOST);
  stage.keepPassword('change-me');
  expect(await bids()).toMatchObject(DENIED);
});

recipe('one-server', 'forgets nothing when it is killed', async (server) => {
  await fresh([one]);
  const yaml = server.take('yaml');
  const place = at('redis.internal', one.port);
  await stage.elects(yaml, place);
  await one.command('CONFIG', 'REWRITE');
  await one.kill9();
  expect(await stage.late(yaml, place, {}, QUICK)).toMatchObject(AWAY);
  await one.restart();
  expect(await stage.late(yaml, place)).toEqual(LOST);
});

recipe('unix-socket', 'one of several on a machine runs', async (socket) => {
  const added = socket.take('redis');
  await fresh([one], added);
  const yaml = socket.take('yaml');
  await stage.elects(yaml);
  await expectNeeded([one], rightsIn(added), () => stage.late(yaml));
});

recipe('valkey', 'one of several nodes runs, with TLS or without', async (valkey) => {
  await fresh([one]);
  const yaml = valkey.take('yaml');
  await stage.elects(yaml, at('valkey.internal', one.port));
  const tls = { 'valkey://': 'valkeys://', ...at('valkey.internal', one.tlsPort) };
  expect(await stage.late(yaml, tls, { REDLOCK_RUN_REDIS_CA: certificates.ca })).toEqual(LOST);
});

recipe('tls', 'who has no certificate, or meets another name, is refused', async (tls) => {
  await fresh([strict]);
  const yaml = tls.take('yaml');
  // The test's certificates bear another name than the document's.
  const place = { '10.0.0.5:6379': `127.0.0.1:${strict.tlsPort}`, 'redis.internal': 'localhost' };
  await stage.elects(yaml, place);
  const elsewhere = { ...place, 'redis.internal': 'redis.example' };
  expect(await stage.late(yaml, elsewhere)).toMatchObject(MISCONFIGURED);
  const anonymous = yaml.replace(/^redis-(cert|key): .*\n/gm, '');
  expect(await stage.late(anonymous, place)).toMatchObject(MISCONFIGURED);
});

recipe('sentinel', 'one of several nodes runs, and none after a failover', async (sentinel) => {
  const [added, ofSentinels] = [sentinel.take('redis'), sentinel.take('redis')];
  await fresh(sentinels.servers, added);
  await say(sentinels.sentinels, ofSentinels);
  stage.keepPassword('change-me-too', '/etc/redlock-run.sentinel-password');
  const yaml = sentinel.take('yaml');
  const places = Object.fromEntries(
    sentinels.sentinels.map(({ port }, i) => [
      `sentinel-${i + 1}.internal:26379`,
      `127.0.0.1:${port}`,
    ]),
  );
  await stage.elects(yaml, places);
  await expectNeeded(sentinels.servers, rightsIn(added), () => stage.late(yaml, places));
  await expectNeeded(sentinels.sentinels, rightsIn(ofSentinels), () => stage.late(yaml, places));

  const before = await sentinels.master();
  await sentinels.sentinels[0]?.command('SENTINEL', 'FAILOVER', sentinels.name);
  await vi.waitFor(
    async () => expect((await sentinels.master()).port).not.toBe(before.port),
    15_000,
  );
  expect(await stage.late(yaml, places)).toEqual(LOST);
});

const STATE = 'redlock-run:{nightly}:state';
/** The node that keeps the job's keys. */
const keeper = () => cluster.nodeOf(STATE);
/** A master that does not. */
const stranger = async () => {
  const kept = await keeper();
  const other = (await cluster.masters()).find((node) => node !== kept);
  if (other === undefined) throw new Error('one master has all');
  return other;
};
const clusterPlaces = (): Places =>
  Object.fromEntries(
    cluster.nodes.map(({ tlsPort }, i) => [`redis-${i + 1}.internal:6379`, `127.0.0.1:${tlsPort}`]),
  );

recipe('cluster', 'one of several nodes runs, also where a slot is on its way', async (nodes) => {
  const added = nodes.take('redis');
  await fresh(cluster.nodes, added);
  const yaml = nodes.take('yaml');
  const places = clusterPlaces();
  expect(rightsIn(added)).toEqual(['+wait', '+asking']);

  const [source, target] = [await keeper(), await stranger()];
  const migration = await cluster.migrate(await cluster.slotOf(STATE), target);
  try {
    await expectNeeded([source, target], ['+asking'], () => stage.late(yaml, places, {}, QUICK));
  } finally {
    await migration.finish();
  }
  await stage.elects(yaml, places);
  await expectNeeded(cluster.nodes, ['+wait'], () => stage.late(yaml, places));
});

recipe('redlock', 'one of several nodes runs while there is a majority', async (redlock) => {
  const yaml = redlock.take('yaml');
  const [a, b, c] = masters.servers;
  if (a === undefined || b === undefined || c === undefined) throw new Error('no three masters');
  const places = {
    ...at('redis-a.internal', a.tlsPort),
    ...at('redis-b.internal', b.tlsPort),
    ...at('redis-c.internal', c.tlsPort),
  };
  await fresh(masters.servers);
  await stage.elects(yaml, places);
  const urls = yaml.match(/^ {2}- .*\n/gm) ?? [];
  const turned = yaml.replace(urls.join(''), urls.toReversed().join(''));
  expect(turned).not.toBe(yaml);
  expect(await stage.late(turned, places)).toEqual(LOST);

  await a.kill9();
  await fresh([b, c]);
  await stage.elects(yaml, places);
  await b.kill9();
  await fresh([c]);
  expect(await stage.late(yaml, places, {}, QUICK)).toMatchObject(AWAY);
});

/** A node of which AWS's names lead here, and which trusts who answers there. */
const onAws = () => ({
  NODE_OPTIONS: `--require ${fileURLToPath(new URL('fixtures/aws-on-loopback.cjs', import.meta.url))}`,
  NODE_EXTRA_CA_CERTS: certificates.ca,
  REDLOCK_RUN_REDIS_SERVER_NAME: 'localhost',
  AWS_ACCESS_KEY_ID: SIGNER.accessKeyId,
  AWS_SECRET_ACCESS_KEY: SIGNER.secretAccessKey,
});
const awsAt = (port: number): Places => ({ '.amazonaws.com:6379': `.amazonaws.com:${port}` });

/** Does what AWS does for a while: lets the user in by a token that is signed for this place, now. */
const letIn = async (
  servers: readonly RedisServer[],
  rights: readonly string[],
  endpoint: Pick<IamLogin, 'service' | 'isServerless'>,
) => {
  await fresh(servers);
  const login = { user: 'app', cache: 'jobs', region: 'eu-central-1', ...endpoint };
  const now = Date.now();
  const tokens = Array.from({ length: 60 }, (_, s) => iamToken(login, SIGNER, now + s * 1_000));
  const rules = [...rights, ...tokens.map((token) => `>${token}`)];
  for (const server of servers) {
    await server.command('ACL', 'SETUSER', 'app', 'reset', 'on', ...rules);
  }
};
const ELASTICACHE = { service: 'elasticache', isServerless: false } as const;

/** What follows an option in a call of aws(1). */
const given = (call: readonly string[] | undefined, option: string): string =>
  call?.[call.indexOf(option) + 1] ?? '';

const Policy = object({
  Version: literal('2012-10-17'),
  Statement: tuple([
    object({ Effect: literal('Allow'), Action: string(), Resource: array(string()) }),
  ]),
});
const statementOf = (json: string) => parse(Policy, JSON.parse(json)).Statement[0];

recipe('iam', 'logs in by a token, as the user that the commands make', async (iam) => {
  const [create] = await stage.shell(iam.take('sh'));
  expect(create?.slice(0, 3)).toEqual(['aws', 'elasticache', 'create-user']);
  expect(given(create, '--user-id')).toBe(given(create, '--user-name'));
  const accessString = given(create, '--access-string');
  expect(rightsIn(accessString)).toEqual(rightsIn(user));
  const { name, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await stage.shell(iam.take('sh'))).toEqual([
    ['npm', 'install', '--global', name, ...Object.keys(peerDependencies)],
  ]);
  expect(statementOf(iam.take('json'))).toMatchObject({
    Action: 'elasticache:Connect',
    Resource: [
      expect.stringMatching(/^arn:aws:elasticache:eu-central-1:\d+:replicationgroup:jobs$/),
      expect.stringMatching(/^arn:aws:elasticache:eu-central-1:\d+:user:app$/),
    ],
  });

  const yaml = iam.take('yaml');
  await letIn([one], rightsIn(accessString), ELASTICACHE);
  await stage.elects(yaml, awsAt(one.tlsPort), onAws());
  const other = yaml.replace('redis-iam-cache: jobs', 'redis-iam-cache: other');
  expect(await stage.late(other, awsAt(one.tlsPort), onAws())).toMatchObject(DENIED);
});

recipe('elasticache', 'one of several nodes runs, and nothing is evicted', async (elasticache) => {
  const [create, modify] = await stage.shell(elasticache.take('sh'));
  expect(create?.slice(0, 3)).toEqual(['aws', 'elasticache', 'create-cache-parameter-group']);
  expect(modify?.slice(0, 3)).toEqual(['aws', 'elasticache', 'modify-cache-parameter-group']);
  const group = '--cache-parameter-group-name';
  expect(given(modify, group)).toBe(given(create, group));
  const parameter = given(modify, '--parameter-name-values');
  const [, directive = '', value = ''] =
    /^ParameterName=(.+),ParameterValue=(.+)$/.exec(parameter) ?? [];
  expect(await one.command('CONFIG', 'SET', directive, value)).toBe('OK');

  await fresh([one], 'ACL SETUSER app +wait');
  await stage.elects(elasticache.take('yaml'), awsAt(one.tlsPort), onAws());
});

recipe('elasticache-cluster', 'one of several nodes runs, but not by rediss://', async (cache) => {
  const yaml = cache.take('yaml');
  await letIn(cluster.nodes, [...rightsIn(user), '+wait', '+asking'], ELASTICACHE);
  const place = awsAt((await stranger()).tlsPort);
  const plain = yaml.replace('rediss+cluster', 'rediss');
  expect(await stage.late(plain, place, onAws())).toMatchObject(MISCONFIGURED);
  await stage.elects(yaml, place, onAws());
});

recipe('elasticache-serverless', 'one of several nodes runs, without WAIT', async (cache) => {
  const yaml = cache.take('yaml');
  const [node] = serverless.nodes;
  await letIn(serverless.nodes, rightsIn(user), { service: 'elasticache', isServerless: true });
  const place = awsAt(node?.tlsPort ?? 0);
  const refused = await stage.late(yaml, place, onAws(), '--replicas 1');
  expect(refused).toMatchObject(MISCONFIGURED);
  expect(refused.stderr).toContain('WAIT');
  await stage.elects(yaml, place, onAws());
  const asCluster = yaml.replace('rediss://', 'rediss+cluster://');
  expect(await stage.late(asCluster, place, onAws())).toEqual(LOST);
});

recipe('elasticache-valkey', 'one of several nodes runs', async (cache) => {
  await letIn(cluster.nodes, [...rightsIn(user), '+asking'], ELASTICACHE);
  await stage.elects(cache.take('yaml'), awsAt((await stranger()).tlsPort), onAws());
});

recipe('memorydb', 'one of several nodes runs', async (memorydb) => {
  const [create] = await stage.shell(memorydb.take('sh'));
  expect(create?.slice(0, 3)).toEqual(['aws', 'memorydb', 'create-user']);
  const rights = rightsIn(given(create, '--access-string'));
  expect(rights).toEqual([...rightsIn(user), '+asking']);
  expect(statementOf(memorydb.take('json'))).toMatchObject({
    Action: 'memorydb:Connect',
    Resource: [
      expect.stringMatching(/^arn:aws:memorydb:eu-central-1:\d+:cluster\/jobs$/),
      expect.stringMatching(/^arn:aws:memorydb:eu-central-1:\d+:user\/app$/),
    ],
  });
  await letIn(cluster.nodes, rights, { service: 'memorydb', isServerless: false });
  await stage.elects(memorydb.take('yaml'), awsAt((await stranger()).tlsPort), onAws());
});

test('every recipe is tried', () => {
  expect(tried.sort()).toEqual([...recipes.keys()].sort());
});

test('the links lead somewhere', () => {
  const anchors = [...DOCUMENT.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const targets = [...DOCUMENT.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(
    ([, target = '']) => target,
  );
  expect(targets.length).toBeGreaterThan(10);
  for (const target of targets) {
    if (target.startsWith('#')) expect(anchors).toContain(target.slice(1));
    else
      expect(existsSync(join(dirname('docs/redis.md'), target.replace(/#.*/, ''))), target).toBe(
        true,
      );
  }
});
