import { quote, usage } from '../core/errors.js';

/**
 * What the value of an option may be, as far as its type alone tells; its limits are its reader's business.
 * The types of TypeScript say the same, but many a caller writes JavaScript.
 */
export interface Shape {
  fits(value: unknown): boolean;
  /** What to give, for the message. */
  readonly words: string;
  /** Missing is a mistake, too. */
  readonly isRequired?: true;
}

/** One for each option that there is. */
export type Shapes<O> = { readonly [name in keyof O]-?: Shape };

export const TEXT: Shape = { fits: isText, words: 'text' };
export const REQUIRED_TEXT: Shape = { ...TEXT, isRequired: true };
export const WHOLE_NUMBER: Shape = {
  fits: (value) => Number.isInteger(value),
  words: 'a whole number',
};
export const YES_OR_NO: Shape = {
  fits: (value) => typeof value === 'boolean',
  words: 'true or false',
};
export const FUNCTION: Shape = {
  fits: (value) => typeof value === 'function',
  words: 'a function',
};
export const DURATION: Shape = {
  fits: (value) => typeof value === 'number' || isText(value),
  words: 'ms as a number, or text like 90s, 5m, 1h30m or 250ms',
};
export const URLS: Shape = {
  fits: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  words: 'a URL as text, or an array of them',
};
/** By what is used of it: there is more than one AbortSignal in a program with several realms. */
export const SIGNAL: Shape = {
  fits: (value) =>
    isObject(value) && 'aborted' in value && FUNCTION.fits(Reflect.get(value, 'addEventListener')),
  words: 'an AbortSignal',
};

export function oneOf(...allowed: readonly string[]): Shape {
  const words = allowed.join(', ').replace(/, ([^,]*)$/, ' or $1');
  return { fits: (value) => isText(value) && allowed.includes(value), words };
}

export function either(...shapes: readonly Shape[]): Shape {
  return {
    fits: (value) => shapes.some((shape) => shape.fits(value)),
    words: shapes.map(({ words }) => words).join(', or '),
  };
}

/**
 * Checks one value. It is not shown where it is wrong: it may be a secret that was put in the wrong place.
 *
 * @throws Failure `usage`
 */
export function checkShape(value: unknown, name: string, shape: Shape): void {
  if (!shape.fits(value)) throw usage(`${name}: give ${shape.words}`);
}

/**
 * Checks the options of a call: an option that is not read is a promise that is not kept.
 *
 * @throws Failure `usage` naming the option and what is allowed
 */
export function checkOptions<O>(options: O, shapes: Shapes<O>): void {
  if (!isPlain(options)) throw usage("options: give an object like { redis: 'redis://cache' }");
  const stranger = Object.keys(options).find((name) => !Object.hasOwn(shapes, name));
  if (stranger !== undefined) {
    throw usage(`${quote(stranger)} is no option; there are ${Object.keys(shapes).join(', ')}`);
  }
  for (const [name, shape] of Object.entries<Shape>(shapes)) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined || shape.isRequired) checkShape(value, name, shape);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Not a URL or a Map, what they hold is in no properties, and nothing of it would be read; nor an array. */
function isPlain(value: unknown): value is object {
  if (!isObject(value) || Array.isArray(value)) return false;
  const isMere = Object.prototype.toString.call(value) === '[object Object]';
  return isMere || Object.keys(value).length > 0;
}
