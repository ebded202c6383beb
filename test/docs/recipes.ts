import type { Config } from '../support/redis-server.js';

/** A fenced block of a document. */
interface Block {
  readonly language: string;
  readonly text: string;
}

/** The blocks between `<!-- recipe: name -->` and `<!-- /recipe -->`. */
export interface Recipe {
  readonly name: string;
  /** The next block of this language. @throws Error when there is none */
  take(language: string): string;
  /** What nobody has taken: text that is in the document and that no test runs. */
  readonly left: readonly Block[];
}

const RECIPE = /^<!-- recipe: (\S+) -->\n(.*?)^<!-- \/recipe -->\n/gms;
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;

/** The recipes of a document by name. @throws Error when a name is there twice, or a block in none */
export function readRecipes(markdown: string): ReadonlyMap<string, Recipe> {
  const outside = blocksOf(markdown.replaceAll(RECIPE, ''));
  if (outside.length > 0) throw new Error(`in no recipe: ${outside[0]?.text}`);
  const recipes = new Map<string, Recipe>();
  for (const [, name = '', text = ''] of markdown.matchAll(RECIPE)) {
    if (recipes.has(name)) throw new Error(`there are two recipes ${name}`);
    recipes.set(name, recipeOf(name, blocksOf(text)));
  }
  return recipes;
}

function recipeOf(name: string, blocks: readonly Block[]): Recipe {
  const left = [...blocks];
  return {
    name,
    take(language) {
      const index = left.findIndex((block) => block.language === language);
      const [block] = index < 0 ? [] : left.splice(index, 1);
      if (block === undefined) throw new Error(`${name} has no ${language} (any more)`);
      return block.text;
    },
    left,
  };
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(BLOCK)].map(([, language = '', text = '']) => ({ language, text }));
}

/** The lines of redis.conf or sentinel.conf, without comments. */
export function readConf(text: string): Config {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', rest = ''] = /^((?:sentinel )?\S+) (.+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`not a directive: ${line}`);
      return [name, rest.includes(' ') ? rest.split(' ') : rest];
    }),
  );
}

/** Lines as they are given to redis-cli. */
export function readCommands(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}
