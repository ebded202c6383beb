import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { array, object, parse, pipe, string, transform } from 'valibot';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readCrontab } from './crontab-text.js';
import { expectElection } from './election.js';
import { example, PASSWORD, useStage } from './stage.js';

const stage = useStage();

/** A command as a shell line: POSIX quoting where a word needs it. */
function shellLine(words: readonly string[]): string {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  return words.map((word) => (/^[\w@:,./-]+$/.test(word) ? word : quoted(word))).join(' ');
}

describe('user data', () => {
  const template = example('aws/user-data.yaml');
  const values = { region: 'eu-central-1', secret_id: 'arn:x', redis_host: 'redis.example.com' };
  const filled = Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`\${${name}}`, value),
    template,
  );
  const Config = object({
    packages: array(string()),
    write_files: array(
      object({ path: string(), owner: string(), permissions: string(), content: string() }),
    ),
    runcmd: array(array(string())),
  });
  const config = parse(Config, parseYaml(filled));
  const file = (path: string) => config.write_files.find((one) => one.path === path)?.content ?? '';

  test('is cloud-config of no more than 16 KiB', () => {
    expect(filled).toMatch(/^#cloud-config\n/);
    expect(Buffer.byteLength(filled)).toBeLessThan(16_384);
  });

  test('is given the values that it asks for by the Terraform file, and nothing is left over', () => {
    const call = /templatefile\("\$\{path\.module\}\/user-data\.yaml", \{(.*?)\}\)/s;
    const given = [...(call.exec(example('aws/asg.tf'))?.[1] ?? '').matchAll(/^\s*(\w+)\s*=/gm)];
    expect(given.map(([, name]) => name).sort()).toEqual(Object.keys(values).sort());
    expect(filled).not.toMatch(/\$\{|%\{/);
  });

  test('holds no secret, and fetches it with the role of the instance', () => {
    expect(template).not.toMatch(/PASSWORD=/);
    expect(template).toContain('aws secretsmanager get-secret-value');
  });

  test('sets up a node that takes part in the elections', async () => {
    const target = join(stage.folder, 'redlock-run.yaml');
    const setUp = file('/usr/local/sbin/configure-redlock-run')
      .replaceAll('/etc/redlock-run.yaml', target)
      .replace('chown root:ec2-user', ': chown');
    const aws = `aws() { echo ${PASSWORD}; }\n`;
    execFileSync('/bin/sh', ['-c', aws + setUp]);
    expect(statSync(target).mode & 0o777).toBe(0o640);
    writeFileSync(target, stage.at(readFileSync(target, 'utf8')));

    const { entries } = readCrontab(file('/etc/cron.d/redlock-run'), true);
    expect(entries).toHaveLength(2);
    for (const { when, command } of entries) {
      expect(command).toContain(`--schedule '${when}'`);
      await expectElection(stage, command, { REDLOCK_RUN_CONFIG: target, REDIS_PASSWORD: '' });
    }
  });
});

describe('the Terraform file', () => {
  const code = example('aws/asg.tf').replace(/^\s*#.*$/gm, '');

  test('has its braces in pairs', () => {
    const open: string[] = [];
    const pairs: Record<string, string> = { '}': '{', ']': '[', ')': '(' };
    for (const [char] of code.matchAll(/[{}[\]()]/g)) {
      if (Object.values(pairs).includes(char)) open.push(char);
      else expect(open.pop()).toBe(pairs[char]);
    }
    expect(open).toEqual([]);
    expect(code.split('"').length % 2).toBe(1);
  });

  test('speaks of nothing that it does not declare', () => {
    const declared = new Set(
      [...code.matchAll(/^(resource|data|variable) "(\w+)"(?: "(\w+)")?/gm)].map(
        ([, kind, first, second]) =>
          ({
            resource: `${first}.${second}`,
            data: `data.${first}.${second}`,
            variable: `var.${first}`,
          })[kind ?? ''],
      ),
    );
    const used = [
      ...code.matchAll(/(?<![\w."])(data\.\w+\.\w+|var\.\w+|(?:aws|random)_\w+\.\w+)/g),
    ];
    expect(used.length).toBeGreaterThan(15);
    for (const [name] of used) expect([...declared]).toContain(name);
  });

  test('has Redis over TLS, with a password, and never evicting', () => {
    expect(code).toMatch(/transit_encryption_enabled = true/);
    expect(code).toMatch(/auth_token\s+= random_password/);
    expect(code).toMatch(/"maxmemory-policy"\s+value = "noeviction"/);
  });
});

describe('the ECS task', () => {
  const Task = object({
    family: string(),
    containerDefinitions: array(
      object({
        name: string(),
        command: array(string()),
        environment: array(object({ name: string(), value: string() })),
        secrets: array(object({ name: string() })),
      }),
    ),
  });
  const Overrides = object({
    containerOverrides: array(object({ name: string(), command: array(string()) })),
  });
  const Schedule = object({
    ScheduleExpression: string(),
    Target: object({
      EcsParameters: object({ TaskDefinitionArn: string() }),
      Input: pipe(
        string(),
        transform((text) => parse(Overrides, JSON.parse(text))),
      ),
    }),
  });
  const task = parse(Task, JSON.parse(example('aws/ecs-task.json')));
  const schedule = parse(Schedule, JSON.parse(example('aws/ecs-schedule.json')));
  const [container] = task.containerDefinitions;
  const [override] = schedule.Target.Input.containerOverrides;
  const env = () =>
    Object.fromEntries(
      container?.environment.map(({ name, value }) => [name, stage.at(value)]) ?? [],
    );

  test('runs once, however often it is started for a slot', async () => {
    expect(container?.secrets).toMatchObject([{ name: 'REDIS_PASSWORD' }]);
    await expectElection(stage, shellLine(container?.command ?? []), env());
  });

  test('is told the slot by EventBridge Scheduler', async () => {
    const command = override?.command.map((word) =>
      word.replace('<aws.scheduler.scheduled-time>', '2026-11-23T03:00:00Z'),
    );
    expect(command).toContain('2026-11-23T03:00:00Z');
    await expectElection(stage, shellLine(command ?? []), env());
  });

  test('is the one that the schedule starts', () => {
    expect(override?.name).toBe(container?.name);
    expect(schedule.Target.EcsParameters.TaskDefinitionArn).toMatch(
      new RegExp(`:task-definition/${task.family}$`),
    );
    // EventBridge writes six fields, with ? for a day that does not matter.
    expect(schedule.ScheduleExpression).toBe('cron(0 3 * * ? *)');
    expect(container?.command).toContain('0 3 * * *');
  });
});
