import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { Failure, quote } from '../../core/errors.js';
import type { Config, Sourced } from './config.js';
import { longFlag, OPTION_LIST, type OptionName, type OptionSpec } from './options.js';

const Text = v.union([v.string(), v.number()], 'give a text or a number');
const LIST = 'give a text, or a list of them';
const Texts = v.union([Text, v.pipe(v.array(Text, LIST), v.minLength(1, LIST))], LIST);
const Switch = v.boolean('give true or false');

/** The names that a file may use, and what they stand for. */
const CONFIG_OPTIONS = OPTION_LIST.filter(([, spec]) => spec.inConfig !== false).map(
  ([name, spec]) => ({ name, key: longFlag(spec).slice(2), type: typeOf(spec) }),
);

const Schema = v.strictObject(
  Object.fromEntries(CONFIG_OPTIONS.map(({ key, type }) => [key, v.optional(type)])),
);

const NO_OPTIONS = 'give options as NAME: VALUE lines';

/** YAML is a superset of JSON, so that one parser reads both. */
export function parseConfig(file: string, text: string): Config {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    const where = line === undefined ? file : `${file}, line ${line}`;
    throw new Failure('config', `${where}: not valid YAML (${problem.code.toLowerCase()})`);
  }
  const content = valuesOf(document, file) ?? {};
  if (Array.isArray(content)) throw new Failure('config', `${file}: ${NO_OPTIONS}`);
  const result = v.safeParse(Schema, content);
  if (!result.success) throw new Failure('config', `${file}: ${explain(result.issues[0])}`);

  const values = new Map<OptionName, Sourced>();
  for (const { name, key } of CONFIG_OPTIONS) {
    const value = result.output[key];
    // A switch that is off is the same as one that is not there.
    if (value === undefined || value === false) continue;
    values.set(name, { texts: [value].flat().map(String), name: `${file}: ${key}` });
  }
  return values;
}

function typeOf({ flags, repeatable }: OptionSpec<unknown>) {
  if (!flags.includes('<')) return Switch;
  return repeatable ? Texts : Text;
}

/** Aliases are resolved only here: one that names nothing, or too many, is found now. */
function valuesOf(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS();
  } catch {
    throw new Failure(
      'config',
      `${file}: not valid YAML; put a value that begins with * in quotes`,
    );
  }
}

function explain(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue) ?? '';
  if (issue.expected === 'never') {
    const allowed = CONFIG_OPTIONS.map((option) => option.key).join(', ');
    return `unknown option ${quote(key)}; allowed are ${allowed}`;
  }
  if (key === '') return NO_OPTIONS;
  return `${key}: ${issue.message}`;
}
