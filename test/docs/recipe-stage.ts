import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readCrontab } from '../examples/crontab-text.js';
import { expectElection } from '../examples/election.js';
import type { Certificates } from '../support/certificates.js';
import { type Machine, makeMachine, type NodeResult } from '../support/machine.js';
import { recordOf } from '../support/record.js';
import type { RedisServer } from '../support/redis-server.js';
import { readCommands } from './recipes.js';

/** Text of a document by what stands for it here: hosts with their ports, files, folders. */
export type Places = Readonly<Record<string, string>>;

type Env = Readonly<Record<string, string>>;

/** What no text may hold that is to run here. */
const ELSEWHERE = /\.internal\b|10\.0\.0\.|:26379\b|:6379\b|\/etc\/|\/run\/redis/;

/** Shell functions for what must not be done here: they tell their words, one a line, and an empty line. */
const SAYERS = ['aws', 'npm', 'chgrp'].map(
  (name) => `${name}() { printf '%s\\n' ${name} "$@"; echo; }\n`,
);

/** One machine, on which recipes run against servers of the test's own. */
export class RecipeStage {
  readonly #machine: Machine = makeMachine();
  readonly #files: Places;
  readonly #line: string;

  /** @param crontab what every node runs, whatever Redis there is */
  constructor(certificates: Certificates, crontab: string) {
    const { folder } = this.#machine;
    this.#files = {
      '/etc/redlock-run.': join(folder, 'redlock-run.'),
      '/etc/redlock-run/ca.pem': certificates.ca,
      '/etc/redlock-run/node.pem': certificates.client.cert,
      '/etc/redlock-run/node.key': certificates.client.key,
      '/etc/redis/tls/ca.pem': certificates.ca,
      '/etc/redis/tls/redis.pem': certificates.server.cert,
      '/etc/redis/tls/redis.key': certificates.server.key,
      '/run/redis/': `${folder}/`,
    };
    const [entry, second] = readCrontab(crontab, false).entries;
    if (entry === undefined || second !== undefined) throw new Error('not one line of a crontab');
    expect(entry.command).toContain(`--schedule '${entry.when}'`);
    this.#line = this.#machine.at(entry.command);
  }

  /** A text, or the path of a file, as it is here. @throws Error when it would lead elsewhere */
  at(text: string, places: Places = {}): string {
    const here = Object.entries({ ...this.#files, ...places }).reduce(
      (all, [there, place]) => all.replaceAll(there, place),
      text,
    );
    expect(here).not.toMatch(ELSEWHERE);
    return here;
  }

  /** Makes the file that holds a password. */
  keepPassword(password: string, file = '/etc/redlock-run.password'): void {
    writeFileSync(this.at(file), `${password}\n`);
  }

  /** One of two nodes of this configuration runs the job, in silence. */
  async elects(yaml: string, places: Places = {}, env: Env = {}): Promise<void> {
    await expectElection(this.#machine, this.#line, this.#nodeEnv(yaml, places, env));
  }

  /** One more node of this configuration, with more options if need be. */
  async late(yaml: string, places: Places = {}, env: Env = {}, options = ''): Promise<NodeResult> {
    const line = this.#line.replace('redlock-run ', `redlock-run ${options} `);
    const [result] = await this.#machine.onNodes(1, line, this.#nodeEnv(yaml, places, env));
    if (result === undefined) throw new Error('no node');
    return result;
  }

  /** Runs shell lines; AWS and npm are only spoken to. @returns the words of each call of theirs */
  async shell(text: string): Promise<string[][]> {
    const [result] = await this.#machine.onNodes(1, SAYERS.join('') + this.at(text));
    expect(result).toMatchObject({ exit: 0, stderr: '' });
    const calls = result?.stdout.split('\n\n').filter((call) => call !== '') ?? [];
    return calls.map((call) => call.split('\n'));
  }

  remove(): void {
    this.#machine.remove();
  }

  #nodeEnv(yaml: string, places: Places, env: Env): Env {
    const file = this.at('/etc/redlock-run.yaml');
    writeFileSync(file, this.at(yaml, places));
    return { REDLOCK_RUN_CONFIG: file, REDIS_PASSWORD: '', ...env };
  }
}

/** Says the lines to each of the servers. */
export async function say(servers: readonly RedisServer[], lines: string): Promise<void> {
  for (const server of servers) {
    for (const words of readCommands(lines)) expect(await server.command(...words)).toBe('OK');
  }
}

/** The rights of an ACL line, or of what AWS calls an access string. */
export function rightsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => /^[+~]/.test(word));
}

/**
 * Everything that is asked is permitted; without any one of the rights it is not.
 *
 * @param rights of the user, e.g. `+eval`
 * @param ask asks for what needs all of them
 */
export async function expectNeeded(
  servers: readonly RedisServer[],
  rights: readonly string[],
  ask: () => Promise<unknown>,
): Promise<void> {
  expect(rights.length).toBeGreaterThan(0);
  expect(await deniedWhile(servers, ask)).toEqual([]);
  for (const right of rights) {
    await say(servers, `ACL SETUSER app -${right.slice(1)}`);
    // A bid that is short of time may not have come to it.
    await expect
      .poll(() => deniedWhile(servers, ask), { message: `without ${right}`, timeout: 15_000 })
      .toContain(right.slice(1));
    await say(servers, `ACL SETUSER app ${right}`);
  }
}

/** Which commands were denied meanwhile; what is made of that is up to `ask`. */
async function deniedWhile(
  servers: readonly RedisServer[],
  ask: () => Promise<unknown>,
): Promise<string[]> {
  await say(servers, 'ACL LOG RESET');
  await ask().catch(() => {});
  const logs = await Promise.all(servers.map((server) => server.command('ACL', 'LOG')));
  return logs.flatMap((log) => [log].flat().map((entry) => recordOf(entry).object ?? ''));
}
